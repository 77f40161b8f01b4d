"""What is said about growth, and how it is drawn: `cd bench && python3 -B -m unittest lib.weight_test`."""

import pathlib
import random
import tempfile
import unittest

from lib import chart, weight, wire

SECONDS = range(1000)


class Added(unittest.TestCase):
    def setUp(self):
        self.chance = random.Random(1)

    def noisy(self, value):
        return [(second, value(second) + self.chance.uniform(-3, 3)) for second in SECONDS]

    def test_noise_alone_adds_nothing(self):
        self.assertAlmostEqual(weight.added(self.noisy(lambda _: 90)), 0, delta=0.6)

    def test_a_leak_below_the_noise_is_found(self):
        self.assertAlmostEqual(weight.added(self.noisy(lambda second: 90 + second / 200)), 3.5, delta=0.6)

    def test_what_warms_up_in_the_first_part_is_not_judged(self):
        self.assertAlmostEqual(weight.added(self.noisy(lambda second: 60 + min(second, 250) / 10)), 0, delta=0.6)

    def test_peaks_do_not_count(self):
        points = [(second, 190 if second > 900 and second % 10 == 0 else 90) for second in SECONDS]
        self.assertEqual(weight.added(points), 0)

    def test_a_saw_tooth_is_judged_by_its_floor(self):
        points = [(second, 8 + second % 97 / 2) for second in SECONDS]
        self.assertLess(abs(weight.added(weight.floor(points, 100))), 0.1)
        self.assertGreater(weight.added(weight.floor([(at, value + at / 200) for at, value in points], 100)), 2.5)


class Log(unittest.TestCase):
    def test_what_each_collection_left_is_read(self):
        with tempfile.NamedTemporaryFile("w") as log:
            log.write("[1.500s][info][gc,heap] GC(0) DefNew: 2547K(2816K)->512K(2816K) Eden: 2547K(2560K)->0K(2560K)\n"
                      "[1.500s][info][gc,heap] GC(0) Tenured: 1166K(3072K)->1536K(3072K)\n"
                      "[3.000s][info][gc,heap] GC(1) DefNew: 2547K(2816K)->0K(2816K) Eden: 2547K(2560K)->0K(2560K)\n"
                      "[3.000s][info][gc,heap] GC(1) Tenured: 4096K(4096K)->1024K(3072K)\n")
            log.flush()
            self.assertEqual(weight.heaps(log.name, 1), [(0.5, 2.0), (2.0, 1.0)])
            self.assertEqual(weight.heaps(pathlib.Path(log.name), 2), [(1.0, 1.0)])


class Wire(unittest.TestCase):
    def test_fields_come_back(self):
        message = wire.field(1, "a" * 300) + wire.field(99, b"\0\xff")
        self.assertEqual(list(wire.fields(message)), [(1, b"a" * 300), (99, b"\0\xff")])


class Chart(unittest.TestCase):
    def test_ticks_are_round_and_reach_the_highest(self):
        for highest in [0.3, 1, 7, 13, 99, 101, 140]:
            ticks = chart.ticks(highest)
            self.assertGreaterEqual(ticks[-1], highest * 0.999)
            self.assertLessEqual(len(ticks), 5)

    def test_thinning_keeps_the_highest(self):
        points = [(i, 100 if i == 777 else 1) for i in SECONDS]
        self.assertIn((777, 100), chart.thinned(points, 50))


if __name__ == "__main__":
    unittest.main()
