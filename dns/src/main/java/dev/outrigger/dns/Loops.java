package dev.outrigger.dns;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.util.ArrayList;
import java.util.List;

/// Which event loops answer.
final class Loops {
    private static final int PROCESSORS_FOR_MORE = 4;

    private Loops() {}

    /// Different loops of a group, at least one.
    ///
    /// @param wanted how many; 0 for one, or all where there are processors enough for clients too
    static List<EventLoop> of(EventLoopGroup group, int wanted) {
        var all = new ArrayList<EventLoop>();
        group.forEach(executor -> all.add((EventLoop) executor));
        boolean many = Runtime.getRuntime().availableProcessors() >= PROCESSORS_FOR_MORE;
        int count = wanted > 0 ? wanted : many ? all.size() : 1;
        var first = group.next();
        all.remove(first);
        all.addFirst(first);
        return List.copyOf(all.subList(0, Math.min(count, all.size())));
    }
}
