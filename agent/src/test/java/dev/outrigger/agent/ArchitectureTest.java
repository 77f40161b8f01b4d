package dev.outrigger.agent;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// The edges of `docs/architecture.md`, and who may touch time, chance, the environment and the process.
class ArchitectureTest {
    private static final JavaClasses PRODUCTION = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .withImportOption(location -> !location.contains("/outrigger-testkit") && !location.contains("/testkit/"))
            .importPackages("dev.outrigger");

    /// What each module may use of ours.
    private static final Map<String, Set<String>> EDGES = Map.of(
            "health", Set.of(),
            "stats", Set.of(),
            "bootstrap", Set.of(),
            "proto", Set.of(),
            "dns", Set.of("h2", "health", "proto"),
            "h2", Set.of(),
            "xds", Set.of("h2", "health", "proto"),
            "sds", Set.of("h2", "health", "proto"),
            "dev", Set.of("proto", "sds"));

    @Test
    void everyModuleIsLookedAt() {
        EDGES.keySet()
                .forEach(module -> assertThat(PRODUCTION.stream()
                                .anyMatch(c -> c.getPackageName().startsWith("dev.outrigger." + module)))
                        .as("classes of %s", module)
                        .isTrue());
    }

    @Test
    void noModuleUsesOneThatItMayNot() {
        EDGES.forEach((module, allowed) -> {
            var others = new ArrayList<>(EDGES.keySet());
            others.add("agent");
            others.remove(module);
            others.removeAll(allowed);
            noClasses()
                    .that()
                    .resideInAPackage("dev.outrigger." + module + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(others.stream()
                            .map(o -> "dev.outrigger." + o + "..")
                            .toArray(String[]::new))
                    .check(PRODUCTION);
        });
    }

    @Test
    void thePackagesOfTheAgentFormNoCycle() {
        slices().matching("dev.outrigger.agent.(*)..").should().beFreeOfCycles().check(PRODUCTION);
    }

    @Test
    void onlyTheConfigPackageReadsTheEnvironment() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.outrigger.agent.config..")
                .should()
                .callMethod(System.class, "getenv")
                .orShould()
                .callMethod(System.class, "getenv", String.class)
                .check(PRODUCTION);
    }

    @Test
    void onlyMainsEndTheProcess() {
        noClasses()
                .that()
                .doNotHaveSimpleName("Main")
                .should()
                .callMethod(System.class, "exit", int.class)
                .orShould()
                .callMethod(Runtime.class, "exit", int.class)
                .orShould()
                .callMethod(Runtime.class, "halt", int.class)
                .check(PRODUCTION);
    }

    @Test
    void timeAndChanceComeInFromOutside() {
        noClasses()
                .should()
                .callMethod(Thread.class, "sleep", long.class)
                .orShould()
                .callMethod(Thread.class, "sleep", java.time.Duration.class)
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callConstructor(Random.class)
                .orShould()
                .callMethodWhere(readsTheClock())
                .check(PRODUCTION);
    }

    @Test
    void theSystemClockIsTakenOnlyWhereAProgramBegins() {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        "dev.outrigger.agent.cli..", "dev.outrigger.agent.log..", "dev.outrigger.dev..")
                .should()
                .callMethod(InstantSource.class, "system")
                .check(PRODUCTION);
    }

    /// `BigDecimal` computes large powers when it is first used: 20 ms of CPU, on the way to a ready Envoy.
    @Test
    void nothingNeedsBigDecimal() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.outrigger.dev..")
                .should()
                .callMethod(java.time.Duration.class, "dividedBy", long.class)
                .orShould()
                .callMethod(java.time.Duration.class, "multipliedBy", long.class)
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(java.math.BigDecimal.class)
                .check(PRODUCTION);
    }

    private static DescribedPredicate<JavaCall<?>> readsTheClock() {
        var clocks = List.of(Instant.class, LocalDateTime.class, ZonedDateTime.class, Clock.class).stream()
                .map(Class::getName)
                .toList();
        return DescribedPredicate.describe("reads the system clock", call -> {
            var target = call.getTarget();
            return clocks.contains(target.getOwner().getName())
                    && Set.of("now", "systemUTC", "systemDefaultZone").contains(target.getName())
                    && target.getRawParameterTypes().isEmpty();
        });
    }
}
