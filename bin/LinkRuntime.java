import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodTransform;
import java.lang.classfile.attribute.MethodParametersAttribute;
import java.lang.classfile.attribute.ModuleAttribute;
import java.lang.classfile.attribute.SourceFileAttribute;
import java.lang.constant.ClassDesc;
import java.lang.constant.ModuleDesc;
import java.lang.reflect.AccessFlag;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import java.util.spi.ToolProvider;
import jdk.tools.jlink.internal.PluginRepository;
import jdk.tools.jlink.plugin.Plugin;
import jdk.tools.jlink.plugin.ResourcePool;
import jdk.tools.jlink.plugin.ResourcePoolBuilder;
import jdk.tools.jlink.plugin.ResourcePoolEntry;

/// `LinkRuntime JAR VERSION RUNTIME`, a step of bin/build: makes a module of the sidecar's jar (in its place), and links it with the JDK's modules
/// that it needs into a Java runtime (docs/decisions/0024). Only our own classes keep the numbers of their lines.
///
/// Needs `--add-modules jdk.jlink`, and for the plugin `--add-exports` of jdk.jlink's packages `jdk.tools.jlink.plugin` and
/// `jdk.tools.jlink.internal` to ALL-UNNAMED: jlink itself strips all classes or none.
final class LinkRuntime {
    private static final String MODULE = "outrigger";
    private static final String OURS = "/" + MODULE + "/dev/outrigger/";
    private static final String PLUGIN = "strip-debug-of-others";
    /// What the agent's classes are compiled against, and what is loaded by name in a run of all roles. jdeps names more (java.desktop,
    /// java.sql, jdk.jfr ...), for classes of libraries that no path of ours reaches: docs/decisions/0016.
    private static final List<String> NEEDED = List.of("java.base", "java.logging", "java.naming", "jdk.unsupported");

    private LinkRuntime() {}

    public static void main(String[] arguments) throws Exception {
        var jar = Path.of(arguments[0]);
        try (var files = FileSystems.newFileSystem(jar)) {
            var hash = hash(files);
            Files.write(files.getPath("module-info.class"), ClassFile.of().buildModule(module(files, arguments[1])));
            // The list of names at the head of the runtime's modules, by which the AOT cache is chosen, tells our classes apart by this.
            Files.createDirectories(files.getPath("META-INF/outrigger"));
            Files.write(files.getPath("META-INF/outrigger", hash), new byte[0]);
        }
        PluginRepository.registerPlugin(new StripOthers());
        System.exit(ToolProvider.findFirst("jlink").orElseThrow().run(System.out, System.err,
                "--module-path", jar.toString(), "--add-modules", MODULE, "--output", arguments[2], "--" + PLUGIN, "--compress", "zip-6",
                "--generate-jli-classes", "@" + forms(),
                "--vm", "server", "--no-header-files", "--no-man-pages", "--ignore-signing-information"));
    }

    /// The shapes of method handles that the JDK makes classes for at this step: those it always does, and ours.
    private static Path forms() throws IOException {
        var file = Files.createTempFile("outrigger-forms-", ".txt");
        file.toFile().deleteOnExit();
        var standard = Path.of(URI.create("jrt:/jdk.jlink/jdk/tools/jlink/internal/plugins/default_jli_trace.txt"));
        return Files.writeString(file, Files.readString(standard) + Files.readString(Path.of("bin/method-handle-forms")));
    }

    private static String hash(FileSystem files) throws Exception {
        var digest = MessageDigest.getInstance("SHA-256");
        for (var file : walk(files.getPath("/"))) {
            digest.update(file.toString().getBytes());
            digest.update(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static List<Path> walk(Path root) throws IOException {
        try (var paths = Files.walk(root)) {
            return paths.filter(Files::isRegularFile).sorted().toList();
        }
    }

    /// Open, as reflection was used to a jar; what is a provider by META-INF/services in a jar is one by its descriptor in a module.
    private static ModuleAttribute module(FileSystem files, String version) throws IOException {
        var services = new TreeMap<String, ClassDesc[]>();
        for (var file : walk(files.getPath("META-INF/services"))) {
            services.put(file.getFileName().toString(), providers(file));
        }
        return ModuleAttribute.of(ModuleDesc.of(MODULE), module -> {
            module.moduleVersion(version).moduleFlags(AccessFlag.OPEN);
            NEEDED.forEach(name -> module.requires(ModuleDesc.of(name),
                    name.equals("java.base") ? List.of(AccessFlag.MANDATED) : List.of(), null));
            services.forEach((service, providers) ->
                    module.uses(ClassDesc.of(service)).provides(ClassDesc.of(service), providers));
        });
    }

    private static ClassDesc[] providers(Path file) throws IOException {
        try (var lines = Files.lines(file)) {
            return lines.map(line -> line.replaceFirst("#.*", "").strip())
                    .filter(name -> !name.isEmpty())
                    .map(ClassDesc::of)
                    .toArray(ClassDesc[]::new);
        }
    }

    /// As jlink's `--strip-java-debug-attributes`, but for our own classes, which lose the names of local variables only.
    private static final class StripOthers implements Plugin {
        @Override
        public String getName() {
            return PLUGIN;
        }

        @Override
        public ResourcePool transform(ResourcePool in, ResourcePoolBuilder out) {
            in.transformAndCopy(entry -> isClass(entry.path()) ? stripped(entry) : entry, out);
            return out.build();
        }

        private static boolean isClass(String path) {
            return path.endsWith(".class") && !path.endsWith("/module-info.class");
        }

        private static ResourcePoolEntry stripped(ResourcePoolEntry entry) {
            var isOurs = entry.path().startsWith(OURS);
            var source = ClassFile.of(ClassFile.DebugElementsOption.DROP_DEBUG,
                            isOurs ? ClassFile.LineNumbersOption.PASS_LINE_NUMBERS : ClassFile.LineNumbersOption.DROP_LINE_NUMBERS)
                    .parse(entry.contentBytes());
            var methods = ClassTransform.transformingMethods(MethodTransform.dropping(MethodParametersAttribute.class::isInstance)
                    .andThen(MethodTransform.transformingCode(CodeTransform.ACCEPT_ALL))); // else they are copied as they are
            var all = isOurs ? methods : ClassTransform.dropping(SourceFileAttribute.class::isInstance).andThen(methods);
            return entry.copyWithContent(ClassFile.of().transformClass(source, all));
        }
    }
}
