package io.cattleguard.models;

import io.cattleguard.sources.parsing.Addresses;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The services and volumes of a cluster, which no event source reports. As text, one line each:
 * {@code service 10.96.0.10 kube-system/kube-dns}, {@code volume shop/Deployment/web/nginx
 * /var/cache/nginx} and {@code node shop/Deployment/web/nginx /var/cache/nginx/host}.
 *
 * @param services the services, {@code namespace/name}, by address
 * @param volumes the paths of mounted volumes, by namespace, kind, name and container of a workload
 * @param nodeFolders likewise the paths of mounted folders of the node, which are no volumes; only
 *     those below a volume matter
 */
public record ClusterFacts(
    NavigableMap<String, String> services,
    NavigableMap<String, NavigableSet<String>> volumes,
    NavigableMap<String, NavigableSet<String>> nodeFolders)
    implements Peers, Volumes {
  /** A name that only an event's source uses. */
  public static final ClusterFacts NONE =
      new ClusterFacts(new TreeMap<>(), new TreeMap<>(), new TreeMap<>());

  /** Maximum length of the text: the size of a ConfigMap. */
  public static final int LONGEST = 1 << 20;

  private static final String SERVICE = "service";
  private static final String VOLUME = "volume";
  private static final String NODE = "node";
  private static final Pattern NAME =
      Pattern.compile("[a-z0-9](?:[a-z0-9.-]{0,62})/[a-z0-9](?:[a-z0-9.-]{0,252})");
  private static final Pattern OWNER =
      Pattern.compile("[a-z0-9.-]{1,63}/[A-Za-z0-9]{1,63}/[A-Za-z0-9.*-]{1,253}/[a-z0-9-]{1,63}");

  /** Copies the collections. */
  public ClusterFacts {
    services = Collections.unmodifiableNavigableMap(new TreeMap<>(services));
    volumes = copy(volumes);
    nodeFolders = copy(nodeFolders);
  }

  private static NavigableMap<String, NavigableSet<String>> copy(
      NavigableMap<String, NavigableSet<String>> mounts) {
    NavigableMap<String, NavigableSet<String>> copy = new TreeMap<>();
    mounts.forEach(
        (owner, paths) ->
            copy.put(owner, Collections.unmodifiableNavigableSet(new TreeSet<>(paths))));
    return Collections.unmodifiableNavigableMap(copy);
  }

  @Override
  public Optional<String> service(String address) {
    return Optional.ofNullable(services.get(address));
  }

  @Override
  public boolean isOnVolume(Workload workload, String path) {
    // A path with {@code ..} may be anywhere, and other spellings may hide a mount in the path.
    if (path.contains("/../") || path.contains("/./") || path.contains("//")) {
      return false;
    }
    String owner = owner(workload);
    return deepest(volumes, owner, path) > deepest(nodeFolders, owner, path);
  }

  /** The length of the innermost mount that a path is in; 0 if it is in none. */
  private static int deepest(
      NavigableMap<String, NavigableSet<String>> mounts, String owner, String path) {
    return mounts.getOrDefault(owner, Collections.emptyNavigableSet()).stream()
        .filter(mount -> path.equals(mount) || path.startsWith(mount + "/"))
        .mapToInt(String::length)
        .max()
        .orElse(0);
  }

  /** The name of a workload here, without its cluster. */
  public static String owner(Workload workload) {
    return String.join(
        "/", workload.namespace(), workload.kind(), workload.name(), workload.container());
  }

  /** A model without the files on volumes, except those that a person accepted. */
  public Model withoutVolumes(Model model) {
    NavigableMap<Entry, Sighting> kept = new TreeMap<>(model.entries());
    kept.entrySet()
        .removeIf(
            each ->
                each.getKey() instanceof Entry.WrittenFile file
                    && !each.getValue().accepted()
                    && isOrdinaryOnVolume(model.workload(), file, this));
    return kept.size() == model.entries().size() ? model : model.holding(kept, model.refused());
  }

  /** Whether a file is on a volume and neither starts programs nor grants access. */
  static boolean isOrdinaryOnVolume(Workload workload, Entry.WrittenFile file, Volumes volumes) {
    return volumes.isOnVolume(workload, file.path()) && !Risk.of(file).rule().isRisky();
  }

  /**
   * Reads the text.
   *
   * @throws IllegalArgumentException with the number of the first line that is wrong
   */
  public static ClusterFacts parse(String text) {
    if (text.length() > LONGEST) {
      throw new IllegalArgumentException("it has more than " + LONGEST + " characters");
    }
    NavigableMap<String, String> services = new TreeMap<>();
    NavigableMap<String, NavigableSet<String>> volumes = new TreeMap<>();
    NavigableMap<String, NavigableSet<String>> nodeFolders = new TreeMap<>();
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      String[] words = line.strip().split(" ", 3);
      if (words.length == 3
          && words[0].equals(SERVICE)
          && Addresses.isAddress(words[1])
          && NAME.matcher(words[2]).matches()) {
        services.put(words[1], words[2]);
      } else if (words.length == 3
          && (words[0].equals(VOLUME) || words[0].equals(NODE))
          && OWNER.matcher(words[1]).matches()
          && isMount(words[2])) {
        (words[0].equals(VOLUME) ? volumes : nodeFolders)
            .computeIfAbsent(words[1], owner -> new TreeSet<>())
            .add(words[2]);
      } else {
        throw new IllegalArgumentException(
            "line "
                + number
                + ": expected service ADDRESS NAMESPACE/NAME,"
                + " volume NAMESPACE/KIND/NAME/CONTAINER PATH or"
                + " node NAMESPACE/KIND/NAME/CONTAINER PATH");
      }
    }
    return new ClusterFacts(services, volumes, nodeFolders);
  }

  /** Whether a path is a folder below the root: a volume there would hide every file. */
  public static boolean isMount(String path) {
    return path.startsWith("/")
        && path.length() > 1
        && !path.endsWith("/")
        && !path.contains("//")
        && path.chars().allMatch(c -> c > ' ' && c < 0x7f);
  }

  /** The text, sorted. */
  public String text() {
    List<String> lines = new ArrayList<>();
    services.forEach((address, name) -> lines.add(String.join(" ", SERVICE, address, name)));
    mounts(VOLUME, volumes, lines);
    mounts(NODE, nodeFolders, lines);
    return lines.isEmpty() ? "" : String.join("\n", lines) + "\n";
  }

  private static void mounts(
      String word, NavigableMap<String, NavigableSet<String>> mounts, List<String> lines) {
    mounts.forEach(
        (owner, paths) -> paths.forEach(path -> lines.add(String.join(" ", word, owner, path))));
  }
}
