package dev.outrigger.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// Files with what a bootstrap must look like, to the byte.
final class Golden {
    private Golden() {}

    static void assertSame(String name, Json json) throws IOException {
        try (var file = Golden.class.getResourceAsStream(name)) {
            assertThat(file)
                    .as("src/test/resources/dev/outrigger/bootstrap/" + name)
                    .isNotNull();
            assertThat(json.pretty())
                    .as("if the change is meant, put the new text into " + name)
                    .isEqualTo(new String(file.readAllBytes(), StandardCharsets.UTF_8));
        }
    }
}
