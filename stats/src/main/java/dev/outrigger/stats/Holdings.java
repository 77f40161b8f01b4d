package dev.outrigger.stats;

import java.io.InterruptedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/// What is held for all scrapes together, and who it is held for.
///
/// @param joining what a scrape itself needs where families have to be written anew
record Holdings(Budget budget, List<Application> applications, Estimate joining) {
    private static final int UNEXPECTED_BYTES = 20 << 20;
    private static final int KEPT_BYTES = 4 << 20;

    static Holdings of(List<URI> applications) {
        var all = applications.stream().map(Application::new).toList();
        return new Holdings(new Budget(UNEXPECTED_BYTES, KEPT_BYTES), all, new Estimate());
    }

    /// The shares of one scrape, of all applications and last its own.
    List<Budget.Lease> reserve(long mostMillis) throws InterruptedIOException {
        var sizes = new ArrayList<Integer>();
        applications.forEach(application -> sizes.add(application.expectedBytes()));
        sizes.add(joining.bytes());
        return budget.reserve(sizes, mostMillis);
    }
}
