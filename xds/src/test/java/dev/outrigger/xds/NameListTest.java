package dev.outrigger.xds;

import static dev.outrigger.xds.Messages.EDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.ProtocolException;
import org.junit.jupiter.api.Test;

class NameListTest {
    @Test
    void namesThatAreRepeatedAreTheSame() throws ProtocolException {
        var first =
                read(new Writer().element(3, "a").element(3, "").element(3, "b").string(4, EDS));
        var again = read(new Writer()
                .string(1, "v")
                .element(3, "a")
                .element(3, "")
                .element(3, "b")
                .string(4, EDS));

        assertThat(again.isSameAs(first)).isTrue();
        assertThat(again.toList()).containsExactly("a", "", "b");
        assertThat(again.size()).isEqualTo(3);
    }

    @Test
    void anyOtherNameOrOrderIsAnotherList() throws ProtocolException {
        var first = read(new Writer().element(3, "a").element(3, "b"));

        assertThat(first.isSameAs(read(new Writer().element(3, "b").element(3, "a"))))
                .isFalse();
        assertThat(first.isSameAs(read(new Writer().element(3, "a")))).isFalse();
        assertThat(first.isSameAs(read(new Writer().element(3, "a").element(3, "c"))))
                .isFalse();
        assertThat(first.isSameAs(NameList.NONE)).isFalse();
        assertThat(read(new Writer().string(4, EDS)).isSameAs(NameList.NONE)).isTrue();
    }

    @Test
    void namesWithOtherFieldsInBetweenAreRead() throws ProtocolException {
        var scattered = read(new Writer()
                .element(3, "a")
                .string(4, EDS)
                .element(3, "b")
                .string(5, "n")
                .element(3, "c"));

        assertThat(scattered.toList()).containsExactly("a", "b", "c");
        assertThat(scattered.isSameAs(
                        read(new Writer().element(3, "a").element(3, "b").element(3, "c"))))
                .isTrue();
    }

    @Test
    void theTableHasEachNameOnce() throws ProtocolException {
        var names =
                read(new Writer().element(3, "b").element(3, "a".repeat(500)).element(3, "b"));

        assertThat(names.toTable().names()).containsExactly("b", "a".repeat(500));
    }

    private static NameList read(Writer request) throws ProtocolException {
        return Request.read(Protocol.SOTW, request.toBytes()).names();
    }
}
