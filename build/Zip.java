import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Packs a Lambda function. {@code OUT.zip BUDGET OWN.jar} puts the function's jar and the jars of
 * this program's class path into lib/, which is on the class path in Lambda. Fails if the zip is
 * larger than its budget; BUDGET is a file with a number of megabytes.
 *
 * <p>Builds are reproducible: the same jars result in the same zip. Entries are sorted by name and
 * have a fixed date, also inside Cattleguard's own jars. Each library's jar stays unchanged, with
 * its licence and notice.
 */
final class Zip {
  private static final LocalDateTime DATE = LocalDateTime.of(2026, 1, 1, 0, 0);

  /** Libraries with annotations only, which are not needed at run time. */
  private static final List<String> ANNOTATIONS =
      List.of("jspecify-", "error_prone_annotations-", "jsr305-", "annotations-");

  private Zip() {}

  public static void main(String[] arguments) throws IOException {
    Path zip = Path.of(arguments[0]);
    long budget = Long.parseLong(Files.readString(Path.of(arguments[1])).strip());
    List<Path> jars = new ArrayList<>();
    jars.add(Path.of(arguments[2]));
    for (String library : System.getProperty("java.class.path").split(File.pathSeparator)) {
      if (isNeeded(Path.of(library))) {
        jars.add(Path.of(library));
      }
    }
    jars.sort((a, b) -> a.getFileName().toString().compareTo(b.getFileName().toString()));
    try (OutputStream file = Files.newOutputStream(zip);
        ZipOutputStream out = new ZipOutputStream(file)) {
      for (Path jar : jars) {
        store(out, jar);
      }
    }
    double megabytes = Files.size(zip) / 1e6;
    System.out.printf(
        Locale.ROOT, "%s: %d jars, %.1f MB of %d%n", zip, jars.size(), megabytes, budget);
    if (megabytes > budget) {
      System.err.printf(
          Locale.ROOT,
          "%s is larger than its budget of %d MB (%s). The largest jars:%n",
          zip.getFileName(),
          budget,
          arguments[1]);
      jars.sort((a, b) -> Long.compare(b.toFile().length(), a.toFile().length()));
      jars.stream()
          .limit(8)
          .forEach(jar -> System.err.println("  " + jar.toFile().length() + " " + jar));
      System.exit(1);
    }
  }

  private static boolean isNeeded(Path jar) {
    String name = jar.getFileName().toString();
    return name.endsWith(".jar") && ANNOTATIONS.stream().noneMatch(name::startsWith);
  }

  private static void store(ZipOutputStream out, Path jar) throws IOException {
    ZipEntry entry = new ZipEntry("lib/" + jar.getFileName());
    entry.setTimeLocal(DATE);
    out.putNextEntry(entry);
    if (jar.getFileName().toString().startsWith("cattleguard-")) {
      out.write(withoutItsOrigin(jar));
    } else {
      Files.copy(jar, out);
    }
    out.closeEntry();
  }

  /** Removes what depends on the build machine: Maven stores file permissions and local times. */
  private static byte[] withoutItsOrigin(Path jar) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipFile in = new ZipFile(jar.toFile());
        ZipOutputStream out = new ZipOutputStream(bytes)) {
      for (String name : in.stream().map(ZipEntry::getName).sorted().toList()) {
        ZipEntry entry = new ZipEntry(name);
        entry.setTimeLocal(DATE);
        out.putNextEntry(entry);
        in.getInputStream(in.getEntry(name)).transferTo(out);
        out.closeEntry();
      }
    }
    return bytes.toByteArray();
  }
}
