import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Breaks the code in each way that a list names, and says whether the named tests go red.
 *
 * <p>Each mutation is compiled into a folder of its own, which comes before the build's classes on
 * the class path. The sources and the build stay as they are. Arguments: the list, the folder for
 * the mutants, the console launcher of JUnit, how many run at once, and words of which a mutation's
 * name must contain one. With only the list, it checks that each text occurs once in its file, and
 * runs nothing.
 */
final class Mutations {
  private static final Duration LONGEST = Duration.ofMinutes(10);
  private static final Path MODULES = Path.of("functions");
  private static final List<Path> SOURCES = sources();

  /** An exact text in a source file, and what replaces it. */
  private record Change(Path file, String text, String replacement) {}

  /** A test of a module, with system properties. */
  private record Spec(Path module, String name, Optional<String> method, List<String> properties) {
    String inWords() {
      return name.substring(name.lastIndexOf('.') + 1)
          + method.map(one -> "#" + one).orElse("")
          + properties.stream().map(one -> " " + one).collect(Collectors.joining());
    }
  }

  private record Mutation(String name, List<Change> changes, List<Spec> tests) {}

  private enum Colour {
    GREEN,
    RED
  }

  /** The list or the build is wrong. */
  private static final class Wrong extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Wrong(String message) {
      super(message);
    }
  }

  private final Path mutants;
  private final Path console;

  private Mutations(Path mutants, Path console) {
    this.mutants = mutants;
    this.console = console;
  }

  public static void main(String[] arguments) throws Exception {
    List<Mutation> all = read(Path.of(arguments[0]));
    if (arguments.length == 1) {
      System.exit(checkTexts(all) ? 0 : 1);
    }
    List<String> words = Arrays.asList(arguments).subList(4, arguments.length);
    List<Mutation> chosen =
        all.stream()
            .filter(one -> words.isEmpty() || words.stream().anyMatch(one.name()::contains))
            .toList();
    boolean fine =
        new Mutations(Path.of(arguments[1]), Path.of(arguments[2]))
            .run(chosen, Integer.parseInt(arguments[3]));
    System.exit(fine && !chosen.isEmpty() ? 0 : 1);
  }

  // The list.

  private static List<Mutation> read(Path list) throws IOException {
    List<Mutation> all = new ArrayList<>();
    String name = "";
    List<Change> changes = new ArrayList<>();
    List<Spec> tests = new ArrayList<>();
    Path file = Path.of("");
    List<String> text = new ArrayList<>();
    List<String> replacement = new ArrayList<>();
    int number = 0;
    List<String> wrong = new ArrayList<>();
    List<String> lines = new ArrayList<>(Files.readAllLines(list));
    lines.add("## ");
    for (String line : lines) {
      number++;
      boolean ofChange = line.startsWith("- ") || line.equals("-");
      if (!text.isEmpty() && ((ofChange && !replacement.isEmpty()) || isNewPart(line))) {
        changes.add(new Change(file, String.join("\n", text), String.join("\n", replacement)));
        text.clear();
        replacement.clear();
      }
      if (line.startsWith("## ")) {
        if (!name.isEmpty()) {
          if (changes.isEmpty() || tests.isEmpty()) {
            throw new Wrong(list + ":" + number + ": '" + name + "' has no change or no test");
          }
          all.add(new Mutation(name, List.copyOf(changes), List.copyOf(tests)));
        }
        name = line.substring(3).strip();
        changes.clear();
        tests.clear();
      } else if (line.startsWith("file ") || line.startsWith("test ")) {
        try {
          if (line.startsWith("file ")) {
            file = source(line.substring(5).strip(), "main");
          } else {
            tests.add(spec(line.substring(5).strip()));
          }
        } catch (Wrong e) {
          wrong.add(list + ":" + number + ": " + e.getMessage());
        }
      } else if (ofChange) {
        text.add(line.substring(1));
      } else if (line.startsWith("+")) {
        replacement.add(line.substring(1));
      } else if (!line.isBlank() && !line.startsWith("#")) {
        throw new Wrong(list + ":" + number + ": expected ##, file, test, -, + or #");
      }
    }
    if (!wrong.isEmpty()) {
      throw new Wrong(String.join("\n", wrong));
    }
    return all;
  }

  private static boolean checkTexts(List<Mutation> all) throws IOException {
    int failed = 0;
    for (Mutation mutation : all) {
      try {
        mutatedSources(mutation);
      } catch (Wrong e) {
        failed++;
        System.out.println("WRONG " + mutation.name() + ": " + e.getMessage());
      }
    }
    System.out.println((all.size() - failed) + " passed, " + failed + " failed");
    return failed == 0;
  }

  private static boolean isNewPart(String line) {
    return line.startsWith("## ") || line.startsWith("file ") || line.startsWith("test ");
  }

  private static Spec spec(String text) {
    String[] parts = text.split(" +");
    int hash = parts[0].indexOf('#');
    String type = hash < 0 ? parts[0] : parts[0].substring(0, hash);
    Path file = source(type + ".java", "test");
    Path module = MODULES.resolve(file.getName(1));
    String name =
        module
            .resolve("src/test/java")
            .relativize(file)
            .toString()
            .replace(".java", "")
            .replace(File.separatorChar, '.');
    return new Spec(
        module,
        name,
        hash < 0 ? Optional.empty() : Optional.of(parts[0].substring(hash + 1)),
        List.copyOf(Arrays.asList(parts).subList(1, parts.length)));
  }

  /** The only source whose path ends with that. */
  private static Path source(String end, String kind) {
    List<Path> found =
        SOURCES.stream()
            .filter(file -> file.toString().contains("/src/" + kind + "/java/"))
            .filter(file -> file.toString().endsWith("/" + end))
            .toList();
    if (found.size() != 1) {
      throw new Wrong(end + ": expected one source, found " + found);
    }
    return found.getFirst();
  }

  private static List<Path> sources() {
    try (Stream<Path> files = Files.walk(MODULES)) {
      return files.filter(file -> file.toString().endsWith(".java")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // The run.

  private boolean run(List<Mutation> chosen, int atOnce) {
    Instant began = Instant.now();
    Map<String, List<String>> results = new LinkedHashMap<>();
    for (String kind : List.of("found", "survived", "wrong")) {
      results.put(kind, new ArrayList<>());
    }
    Set<Spec> tests = new LinkedHashSet<>();
    chosen.forEach(mutation -> tests.addAll(mutation.tests()));
    try (ExecutorService executor = Executors.newFixedThreadPool(atOnce)) {
      for (int i = 0; i < chosen.size(); i++) {
        Mutation mutation = chosen.get(i);
        Path folder = mutants.resolve(String.valueOf(i));
        executor.execute(() -> judge(mutation, folder, results));
      }
      for (Spec test : tests) {
        executor.execute(() -> checkUnbroken(test, results));
      }
    }
    System.out.println(
        results.entrySet().stream()
                .map(one -> one.getValue().size() + " " + one.getKey())
                .collect(Collectors.joining(", "))
            + " in "
            + Duration.between(began, Instant.now()).toSeconds()
            + " s");
    return results.get("survived").isEmpty() && results.get("wrong").isEmpty();
  }

  private void judge(Mutation mutation, Path folder, Map<String, List<String>> results) {
    try {
      List<String> green = green(mutation, folder);
      tell(
          results,
          green.isEmpty() ? "found" : "survived",
          mutation.name() + (green.isEmpty() ? "" : ": green is " + String.join(", ", green)));
    } catch (Exception e) {
      tell(results, "wrong", mutation.name() + ": " + e.getMessage());
    }
  }

  /** A test that is red anyway finds nothing. */
  private void checkUnbroken(Spec test, Map<String, List<String>> results) {
    try {
      if (colour(test, Optional.empty()) == Colour.RED) {
        tell(results, "wrong", "red without a mutation: " + test.inWords());
      }
    } catch (Exception e) {
      tell(results, "wrong", test.inWords() + ": " + e.getMessage());
    }
  }

  private static synchronized void tell(
      Map<String, List<String>> results, String kind, String what) {
    results.get(kind).add(what);
    System.out.println((kind.equals("found") ? kind : kind.toUpperCase()) + " " + what);
  }

  /** The tests that do not see the mutation. */
  private List<String> green(Mutation mutation, Path folder) throws Exception {
    compile(mutation, folder);
    List<String> green = new ArrayList<>();
    for (Spec test : mutation.tests()) {
      if (colour(test, Optional.of(folder.resolve("classes"))) == Colour.GREEN) {
        green.add(test.inWords());
      }
    }
    return green;
  }

  private static Map<Path, String> mutatedSources(Mutation mutation) throws IOException {
    Map<Path, String> sources = new LinkedHashMap<>();
    for (Change change : mutation.changes()) {
      String before = sources.get(change.file());
      sources.put(
          change.file(),
          mutated(before == null ? Files.readString(change.file()) : before, change));
    }
    return sources;
  }

  private static void compile(Mutation mutation, Path folder) throws IOException {
    List<Path> files = new ArrayList<>();
    for (Map.Entry<Path, String> source : mutatedSources(mutation).entrySet()) {
      Path file = folder.resolve("source").resolve(source.getKey().getFileName());
      Files.createDirectories(file.getParent());
      Files.writeString(file, source.getValue());
      files.add(file);
    }
    Path classes = Files.createDirectories(folder.resolve("classes"));
    Path module = MODULES.resolve(mutation.changes().getFirst().file().getName(1));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter output = new StringWriter();
    try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
      boolean compiles =
          compiler
              .getTask(
                  output,
                  manager,
                  null,
                  List.of(
                      "-proc:none",
                      "-nowarn",
                      "-parameters",
                      "--release",
                      "21",
                      "-d",
                      classes.toString(),
                      "-cp",
                      classPath(module)),
                  null,
                  manager.getJavaFileObjectsFromPaths(files))
              .call();
      if (!compiles) {
        throw new Wrong("does not compile: " + output);
      }
    }
  }

  /** The text must occur once; the amount of white space does not matter. */
  private static String mutated(String source, Change change) {
    String pattern =
        Arrays.stream(change.text().strip().split("\\s+"))
            .map(Pattern::quote)
            .collect(Collectors.joining("\\s+"));
    Matcher matcher = Pattern.compile(pattern).matcher(source);
    if (!matcher.find()) {
      throw new Wrong("the text is no longer in " + change.file() + ": " + change.text().strip());
    }
    int start = matcher.start();
    int end = matcher.end();
    if (matcher.find()) {
      throw new Wrong("the text is more than once in " + change.file() + ": " + change.text());
    }
    return source.substring(0, start) + change.replacement() + source.substring(end);
  }

  private static String classPath(Path module) throws IOException {
    Path target = module.resolve("target").toAbsolutePath();
    return String.join(
        File.pathSeparator,
        target.resolve("test-classes").toString(),
        target.resolve("classes").toString(),
        Files.readString(target.resolve("test.classpath")).strip());
  }

  private Colour colour(Spec test, Optional<Path> mutant) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx512m"));
    command.add("-Dcattleguard.root=" + Path.of("").toAbsolutePath());
    // As in CI: a dozen seeds of a simulation do not see every mutation.
    command.add("-Dcattleguard.long=true");
    command.addAll(test.properties());
    command.addAll(
        List.of(
            "-cp",
            mutant.map(path -> path.toAbsolutePath() + File.pathSeparator).orElse("")
                + classPath(test.module())
                + File.pathSeparator
                + console.toAbsolutePath(),
            "org.junit.platform.console.ConsoleLauncher",
            "execute",
            "--disable-banner",
            "--details=none",
            "--fail-if-no-tests",
            "--select-class",
            test.name()));
    test.method().ifPresent(one -> command.addAll(List.of("--include-methodname", ".*#" + one)));
    Process process =
        new ProcessBuilder(command)
            .directory(test.module().toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      if (!process.waitFor(LONGEST.toSeconds(), TimeUnit.SECONDS)) {
        return Colour.RED;
      }
    } finally {
      process.destroyForcibly();
    }
    return switch (process.exitValue()) {
      case 0 -> Colour.GREEN;
      case 1 -> Colour.RED;
      default -> throw new Wrong(test.inWords() + ": no test ran");
    };
  }
}
