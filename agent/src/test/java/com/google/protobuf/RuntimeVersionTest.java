package com.google.protobuf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.RuntimeVersion.RuntimeDomain;
import java.net.URL;
import java.net.URLClassLoader;
import org.junit.jupiter.api.Test;

class RuntimeVersionTest {
    @Test
    void itIsThatOfTheLibrary() throws Exception {
        var library = Message.class.getProtectionDomain().getCodeSource().getLocation();
        try (var alone = new URLClassLoader(new URL[] {library}, ClassLoader.getPlatformClassLoader())) {
            var theirs = alone.loadClass("com.google.protobuf.RuntimeVersion");
            int major = theirs.getField("OSS_MAJOR").getInt(null);
            int minor = theirs.getField("OSS_MINOR").getInt(null);
            int patch = theirs.getField("OSS_PATCH").getInt(null);

            assertThat(theirs).isNotEqualTo(RuntimeVersion.class);
            assertThatCode(() -> validate(major, minor, patch, "")).doesNotThrowAnyException();
            assertThatThrownBy(() -> validate(major, minor, patch + 1, ""))
                    .hasMessageContaining("and the library is " + major + "." + minor + "." + patch);
        }
    }

    @Test
    void whatWasGeneratedForANewerOneIsRefused() {
        assertThatCode(() -> validate(4, 0, 9, "")).doesNotThrowAnyException();
        assertThatThrownBy(() -> validate(4, 99, 0, "")).hasMessageStartingWith("Somewhere was generated for");
        assertThatThrownBy(() -> validate(3, 0, 0, "")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> validate(4, 0, 0, "-rc1")).hasMessageContaining("4.0.0-rc1");
    }

    private static void validate(int major, int minor, int patch, String suffix) {
        RuntimeVersion.validateProtobufGencodeVersion(RuntimeDomain.PUBLIC, major, minor, patch, suffix, "Somewhere");
    }
}
