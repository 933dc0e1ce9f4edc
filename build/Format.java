import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.Stream;

/**
 * Lists the Java sources below this folder that are not in google-java-format; with "fix", formats
 * them. With the scope "changed", only those that differ from the origin of this clone.
 *
 * <p>Unformatted files are listed in target/not-formatted, which makes the enforcer plugin fail.
 * Hashes of formatted files are cached in target/formatted, so that the next check is fast.
 */
final class Format {
  private static final Path FORMATTED = Path.of("target", "formatted");
  private static final Path NOT_FORMATTED = Path.of("target", "not-formatted");

  private final boolean fix;
  private final Formatter formatter = new Formatter();
  private final Set<String> known = new HashSet<>();
  private final Set<String> formatted = new ConcurrentSkipListSet<>();
  private final Set<String> unformatted = new ConcurrentSkipListSet<>();

  private Format(boolean fix) {
    this.fix = fix;
  }

  public static void main(String[] arguments) throws IOException {
    new Format(arguments[0].equals("fix")).run(arguments[1], arguments[2].equals("changed"));
  }

  private void run(String version, boolean onlyChanged) throws IOException {
    if (Files.exists(FORMATTED)) {
      known.addAll(Files.readAllLines(FORMATTED));
    }
    Optional<List<Path>> changed = onlyChanged ? changed() : Optional.empty();
    if (changed.isPresent()) {
      formatted.addAll(known);
    }
    (changed.isPresent() ? changed.get() : sources())
        .parallelStream().forEach(file -> look(file, version));
    Files.createDirectories(FORMATTED.getParent());
    Files.write(FORMATTED, formatted);
    Files.deleteIfExists(NOT_FORMATTED);
    if (!unformatted.isEmpty()) {
      unformatted.forEach(
          file -> System.err.println((fix ? "formatted: " : "not formatted: ") + file));
      if (!fix) {
        Files.write(NOT_FORMATTED, unformatted);
      }
    }
  }

  private void look(Path file, String version) {
    try {
      String source = Files.readString(file);
      if (known.contains(key(source, version))) {
        formatted.add(key(source, version));
        return;
      }
      String wanted = formatter.formatSourceAndFixImports(source);
      if (!wanted.equals(source)) {
        unformatted.add(file.toString());
        if (!fix) {
          return;
        }
        Files.writeString(file, wanted);
      }
      formatted.add(key(wanted, version));
    } catch (FormatterException notJava) {
      System.err.println("cannot be formatted, see the compiler's error: " + file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String key(String source, String version) {
    return UUID.nameUUIDFromBytes((version + source).getBytes(StandardCharsets.UTF_8)).toString();
  }

  /** The sources that differ from the origin's default branch; empty if Git cannot tell. */
  private static Optional<List<Path>> changed() throws IOException {
    Optional<List<String>> base = git("merge-base", "HEAD", "origin/HEAD");
    Optional<List<String>> differ =
        base.isEmpty()
            ? Optional.empty()
            : git("diff", "--name-only", "--relative", "-z", base.get().getFirst());
    Optional<List<String>> added = git("ls-files", "-z", "--others", "--exclude-standard");
    if (differ.isEmpty() || added.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        Stream.of(differ.get(), added.get())
            .flatMap(List::stream)
            .filter(name -> name.endsWith(".java"))
            .map(Path::of)
            .filter(Files::isRegularFile)
            .toList());
  }

  /** What Git prints, by lines or, with -z, by names; empty if it fails. */
  private static Optional<List<String>> git(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("git"));
    command.addAll(List.of(arguments));
    try {
      Process git =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      String printed = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return git.waitFor() == 0
          ? Optional.of(Stream.of(printed.split("[\0\n]")).filter(line -> !line.isEmpty()).toList())
          : Optional.empty();
    } catch (IOException noGit) {
      return Optional.empty();
    } catch (InterruptedException e) {
      throw new InterruptedIOException();
    }
  }

  private static List<Path> sources() throws IOException {
    List<Path> sources = new ArrayList<>();
    Files.walkFileTree(
        Path.of(""),
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            String name = folder.getFileName().toString();
            return name.equals("target") || name.startsWith(".")
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (file.toString().endsWith(".java")) {
              sources.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return sources;
  }
}
