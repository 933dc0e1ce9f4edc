package io.cattleguard.models;

import io.cattleguard.sources.parsing.Behaviour;
import io.cattleguard.sources.parsing.FileBehaviour;
import io.cattleguard.sources.parsing.Programs;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Replaces the parts that differ with every start: random parts of names, process ids, versions.
 * The result is bounded.
 */
public final class Ephemeral {
  /** A placeholder for a part of a path that differs every time. */
  public static final String ANY = "*";

  /** A program in memory alone; its name is the intruder's choice. */
  public static final String IN_MEMORY = "memfd:*";

  /** Ports from here on are chosen by the kernel, by Linux's default range. */
  public static final int FIRST_EPHEMERAL_PORT = 32_768;

  private static final int LONGEST = 256;
  private static final int DEEPEST = 24;
  private static final String DELETED = " (deleted)";

  /** Dates, times and numbers between separators, as in the names of logs and dumps. */
  private static final Pattern DATED =
      Pattern.compile("(?<=[/._-])[0-9]+(?:[._:T-]+[0-9]+)*Z?(?=[._-]|$)");

  /** Folders in which programs write files with generated names. */
  private static final List<String> SCRATCH = List.of("/tmp/", "/var/tmp/", "/dev/shm/");

  private static final Pattern NUMBER = Pattern.compile("[0-9]+");
  private static final Pattern VERSION =
      Pattern.compile("v?[0-9]+(?:\\.[0-9]+)+(?:[-_+~.][0-9A-Za-z.+~_-]*)?");
  private static final Pattern UUID =
      Pattern.compile("[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");
  private static final Pattern HEX = Pattern.compile("(?=[a-f]*[0-9])[0-9a-f]{8,}");

  /** A UUID within a name, such as that of a library that a program unpacks. */
  private static final Pattern UUID_WITHIN =
      Pattern.compile(
          "(?<![0-9A-Za-z])[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?![0-9A-Za-z])");

  /** A hash within a file's name: hexadecimal digits of one case, with a digit. */
  private static final Pattern HASH_WITHIN =
      Pattern.compile(
          "(?<![0-9A-Za-z])(?:(?=[a-f]*[0-9])[0-9a-f]{8,}|(?=[A-F]*[0-9])[0-9A-F]{8,})"
              + "(?![0-9A-Za-z])");

  /** A process id, a time or a random number within a file's name. */
  private static final Pattern NUMBER_WITHIN = Pattern.compile("[0-9]{5,}|(?<=pid)[0-9]+");

  /** Folders that spread files by the first digits of their hash. */
  private static final Pattern SPREAD =
      Pattern.compile("(?:/[0-9a-f]{1,3})+(?=/(?=[a-f]*[0-9])[0-9a-f]{16,}$)");

  /**
   * How many files may differ in one part of their path only: the name, or one folder. More are one
   * entry, because no pattern recognises every random name.
   */
  private static final int MOST_SIBLINGS = 8;

  /** How many files of a folder may differ in all parts below it. More are one entry too. */
  private static final int MOST_DESCENDANTS = 32;

  /**
   * Names of scripts and libraries, such as a web shell that is uploaded into a folder of pictures.
   * They are never joined.
   */
  private static final Pattern CODE =
      Pattern.compile(
          "(?i).*\\.(?:aspx?|ashx|cfm|cgi|class|dll|exe|jar|jspx?|ko|lua|php[0-9]?|phtml|pl|ps1|py|rb"
              + "|sh|so|war)(?:\\..*)?");

  /** Parts at the start of a path that are never joined, such as {@code /srv/data}. */
  private static final int FIRST_PARTS = 2;

  /** Where each file has its own meaning. */
  private static final List<String> NEVER_JOINED =
      List.of("/boot/", "/dev/", "/etc/", "/proc/", "/root/.ssh/", "/sys/", "/var/spool/");

  private static final Pattern VERSION_WITHIN =
      Pattern.compile("(?<=[A-Za-z])[-_]?v?[0-9]+(?:\\.[0-9]+)+");

  /**
   * The suffix that {@code mktemp} and similar programs append: at least six characters of mixed
   * kinds.
   */
  private static final Pattern RANDOM =
      Pattern.compile("(?=.*[A-Z])(?=.*(?:[0-9]|[a-z].*[A-Z]|[A-Z].*[a-z]))[0-9A-Za-z]{6,}");

  private static final Pattern TRAILING_NUMBER = Pattern.compile("(?<=[._-])[0-9]+$");

  /**
   * The suffix that Kubernetes appends to the names of the objects that it creates: letters and
   * digits that form no word, five at the end of a pod's name, up to ten of a template; or an
   * ordinal or a time.
   */
  private static final Pattern GENERATED =
      Pattern.compile(
          "(?:-[bcdf-hj-np-tv-xz2456789]{1,10})?-[bcdf-hj-np-tv-xz2456789]{5}$|-[0-9]+$");

  private static final Pattern TEMPLATE = Pattern.compile("-[bcdf-hj-np-tv-xz2456789]{6,10}$");

  private Ephemeral() {}

  /** The name of an owner, without what differs with every rollout or run. */
  public static String owned(String kind, String name) {
    return switch (kind) {
      case "Pod" -> GENERATED.matcher(name).replaceFirst("-" + ANY);
      case "ReplicaSet" -> TEMPLATE.matcher(name).replaceFirst("-" + ANY);
      case "Job" -> TRAILING_NUMBER.matcher(name).replaceFirst(ANY);
      default -> name;
    };
  }

  /** The port, or {@link Entry#EPHEMERAL} if the kernel chose it. */
  public static int port(int port) {
    return port >= FIRST_EPHEMERAL_PORT ? Entry.EPHEMERAL : port;
  }

  /** The path of a program. */
  public static String program(String path) {
    return Programs.isInMemory(path) ? IN_MEMORY : path(path);
  }

  /**
   * The path of a written file. All files in a folder for temporary files are one entry: no rule
   * recognises every random name, and their number would fill a model. A program that is started
   * from there has an entry of its own. Elsewhere dates, numbers and hashes within a name are
   * replaced.
   */
  public static String file(String path) {
    if (!FileBehaviour.of("write", path, null).equals(Behaviour.NONE)) {
      // Such as the release_agent of a cgroup that an intruder mounted there.
      return path(path);
    }
    String dated = hashed(DATED.matcher(path(spread(path))).replaceAll(ANY));
    return path.contains("/../")
        ? dated
        : SCRATCH.stream()
            .filter(path::startsWith)
            .findFirst()
            .map(folder -> folder + ANY)
            .orElse(dated);
  }

  private static String hashed(String path) {
    String stable = HASH_WITHIN.matcher(path).replaceAll(ANY);
    return NUMBER_WITHIN.matcher(stable).replaceAll(ANY);
  }

  private static String spread(String path) {
    return SPREAD.matcher(path).replaceAll(found -> "/*".repeat(parts(found.group()).size()));
  }

  /** Whether a pattern, in which a whole part of the path is {@link #ANY}, covers a file. */
  static boolean covers(String pattern, String file) {
    if (!pattern.contains("/" + ANY) || file.contains("/../") || isCode(file)) {
      return false;
    }
    List<String> wide = parts(pattern);
    List<String> narrow = parts(file);
    if (wide.size() != narrow.size()) {
      return false;
    }
    for (int i = 0; i < wide.size(); i++) {
      if (!wide.get(i).equals(ANY) && !wide.get(i).equals(narrow.get(i))) {
        return false;
      }
    }
    return true;
  }

  /**
   * The pattern of a file and of many that differ from it in one part of their path only, or in all
   * parts below a folder. Empty if there are few, and where each file has its own meaning.
   */
  static Optional<String> joined(Collection<String> files, String file) {
    if (joinedWithin(file).isEmpty()) {
      return Optional.empty();
    }
    List<String> parts = parts(file);
    for (int i = parts.size() - 1; i >= FIRST_PARTS; i--) {
      List<String> wider = new ArrayList<>(parts);
      wider.set(i, ANY);
      if (!wider.equals(parts) && count(files, wider) > MOST_SIBLINGS) {
        return Optional.of(text(wider));
      }
    }
    List<String> wider = new ArrayList<>(parts);
    wider.set(parts.size() - 1, ANY);
    for (int i = parts.size() - 2; i >= FIRST_PARTS; i--) {
      wider.set(i, ANY);
      if (!wider.equals(parts) && count(files, wider) > MOST_DESCENDANTS) {
        return Optional.of(text(wider));
      }
    }
    return Optional.empty();
  }

  /**
   * The folder of all files that a file may be joined with. Empty if the file is never joined. A
   * learner looks only there, because it looks for each new file.
   */
  static Optional<String> joinedWithin(String file) {
    List<String> parts = parts(file);
    if (parts.size() <= FIRST_PARTS
        || isCode(file)
        || file.contains("/../")
        || NEVER_JOINED.stream().anyMatch(file::startsWith)) {
      return Optional.empty();
    }
    List<String> first = parts.subList(0, FIRST_PARTS);
    return Optional.of(first.contains(ANY) ? "/" : text(first) + "/");
  }

  private static boolean isCode(String file) {
    return CODE.matcher(file.substring(file.lastIndexOf('/') + 1)).matches();
  }

  private static long count(Collection<String> files, List<String> pattern) {
    String text = text(pattern);
    return files.stream().filter(file -> covers(text, file)).count();
  }

  private static String text(List<String> parts) {
    return "/" + String.join("/", parts);
  }

  private static List<String> parts(String path) {
    return List.of(path.substring(1).split("/", -1));
  }

  /** A path with its random parts replaced by {@link #ANY}. */
  public static String path(String path) {
    String bare =
        path.endsWith(DELETED) ? path.substring(0, path.length() - DELETED.length()) : path;
    boolean temporary = isTemporary(bare);
    StringBuilder stable = new StringBuilder(bare.length());
    int from = 0;
    int depth = 0;
    while (from <= bare.length()) {
      int slash = bare.indexOf('/', from);
      int to = slash < 0 ? bare.length() : slash;
      stable.append(part(bare.substring(from, to), temporary));
      if (slash >= 0) {
        stable.append('/');
      }
      from = to + 1;
      if (++depth > DEEPEST || stable.length() > LONGEST) {
        stable.append(ANY);
        break;
      }
    }
    return stable.length() > LONGEST ? stable.substring(0, LONGEST - 1) + ANY : stable.toString();
  }

  /** Whether a path is in a folder that every process may write to. */
  public static boolean isTemporary(String path) {
    return path.startsWith("/tmp/")
        || path.startsWith("/var/tmp/")
        || path.startsWith("/dev/shm/")
        || path.startsWith("/run/")
        || path.startsWith("/var/run/");
  }

  private static String part(String part, boolean temporary) {
    if (part.isEmpty()) {
      return part;
    }
    if (NUMBER.matcher(part).matches()
        || UUID.matcher(part).matches()
        || HEX.matcher(part).matches()
        || VERSION.matcher(part).matches()) {
      return ANY;
    }
    String stable = UUID_WITHIN.matcher(part).replaceAll(ANY);
    stable = VERSION_WITHIN.matcher(stable).replaceAll(ANY);
    stable = TRAILING_NUMBER.matcher(stable).replaceAll(ANY);
    return temporary ? temporary(stable) : stable;
  }

  /** A part of a temporary path: each piece between dots and hyphens may be random. */
  private static String temporary(String part) {
    StringBuilder stable = new StringBuilder(part.length());
    int from = 0;
    while (from <= part.length()) {
      int to = from;
      while (to < part.length() && "._-".indexOf(part.charAt(to)) < 0) {
        to++;
      }
      String piece = part.substring(from, to);
      boolean random = RANDOM.matcher(piece).matches() || HEX.matcher(piece).matches();
      stable.append(random ? ANY : piece);
      if (to < part.length()) {
        stable.append(part.charAt(to));
      }
      from = to + 1;
    }
    return stable.toString();
  }
}
