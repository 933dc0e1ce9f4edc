package io.cattleguard.reviewed;

import io.cattleguard.edge.policy.PolicyError;
import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.edge.policy.PolicyNode.Mapping;
import io.cattleguard.events.HostileText;
import io.cattleguard.models.Entry;
import io.cattleguard.models.Entry.Executable;
import io.cattleguard.models.Entry.Kind;
import io.cattleguard.models.Entry.Listener;
import io.cattleguard.models.Entry.Peer;
import io.cattleguard.models.Entry.PeerKind;
import io.cattleguard.models.Entry.SystemCall;
import io.cattleguard.models.Entry.WrittenFile;
import io.cattleguard.models.EntryText;
import io.cattleguard.models.Mode;
import io.cattleguard.models.Model;
import io.cattleguard.models.Sighting;
import io.cattleguard.models.Workload;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The model files of a folder, read strictly: one per container of a workload. */
public final class ModelFiles {
  /** The folder of model files in a policy directory. */
  public static final String FOLDER = "models";

  private static final String[] SEEN = {
    "count", "first", "last", "pods", "starts", "start", "startup", "digests", "accepted"
  };

  /**
   * A model and its file.
   *
   * @param name the file's name
   */
  public record ModelFile(String name, Model model) {}

  private ModelFiles() {}

  /**
   * The models of a folder, by workload; none if the folder does not exist.
   *
   * @throws PolicyException with every error, its file and its line
   */
  public static NavigableMap<Workload, ModelFile> read(Path folder) {
    Path whole = folder.toAbsolutePath().normalize();
    Path parent = whole.getParent();
    return parent == null || !Files.isDirectory(folder)
        ? new TreeMap<>()
        : read(new PolicyFiles(parent), String.valueOf(whole.getFileName()));
  }

  /** The models of a folder of a policy directory. */
  static NavigableMap<Workload, ModelFile> read(PolicyFiles policy, String name) {
    NavigableMap<Workload, ModelFile> models = new TreeMap<>();
    List<PolicyError> errors = new ArrayList<>();
    policy
        .folder(name, node -> Map.entry(node, model(node)))
        .forEach(
            read -> {
              String at = read.getKey().at();
              String file = at.substring(at.indexOf('/') + 1, at.lastIndexOf(':'));
              ModelFile other =
                  models.putIfAbsent(
                      read.getValue().workload(), new ModelFile(file, read.getValue()));
              if (other != null) {
                errors.add(
                    new PolicyError(
                        name + "/" + file,
                        read.getKey().line(),
                        "the workload has a model in "
                            + other.name()
                            + " too; remove one of the files"));
              }
            });
    if (!errors.isEmpty()) {
      throw new PolicyException(errors);
    }
    return models;
  }

  /**
   * The model of a file's text.
   *
   * @throws PolicyException with the line of an error
   */
  public static Model model(String name, String text) {
    return PolicyNode.read(name, text)
        .map(ModelFiles::model)
        .orElseThrow(() -> new PolicyException(List.of(new PolicyError(name, 1, "empty"))));
  }

  /**
   * The model of a file.
   *
   * @throws PolicyException with the line of an error
   */
  public static Model model(PolicyNode file) {
    Mapping top =
        file.mapping(
            "workload",
            "covers",
            "mode",
            "image",
            "digests",
            "observed",
            "days",
            "pods",
            "starts",
            "traced",
            "programs",
            "listeners",
            "peers",
            "files",
            "systemCalls",
            "refused");
    Mapping observed = top.required("observed").mapping("from", "to", "changed", "pods");
    Instant from = time(observed.required("from"));
    Instant to = time(observed.required("to"));
    if (to.isBefore(from)) {
      throw observed.required("to").wrong("'to' is before 'from'");
    }
    List<String> digests = texts(top, "digests");
    NavigableMap<Entry, Sighting> entries = new TreeMap<>();
    List<PolicyError> errors = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      top.optional(ModelText.key(kind)).map(PolicyNode::items).orElse(List.of()).stream()
          .forEach(
              item -> {
                try {
                  Mapping fields = item.mapping(keys(kind));
                  Entry entry = entry(kind, item, fields);
                  if (entries.put(entry, sighting(item, fields, digests)) != null) {
                    throw item.wrong(
                        "two entries for " + HostileText.visible(EntryText.of(entry), 120));
                  }
                } catch (PolicyException e) {
                  errors.addAll(e.errors());
                }
              });
    }
    if (!errors.isEmpty()) {
      throw new PolicyException(errors);
    }
    return new Model(
        workload(top.required("workload")),
        top.required("mode").oneOf(Mode.class),
        top.optional("image").map(ModelFiles::text).orElse(""),
        from,
        to,
        time(observed.required("changed")),
        texts(top, "pods"),
        texts(top, "starts"),
        entries,
        covers(top.required("covers")),
        refused(top),
        observed.optional("pods").map(pods -> Math.toIntExact(number(pods))).orElse(0),
        texts(top, "traced"),
        days(top));
  }

  private static NavigableSet<LocalDate> days(Mapping top) {
    NavigableSet<LocalDate> days = new TreeSet<>();
    for (PolicyNode item : top.optional("days").map(PolicyNode::items).orElse(List.of())) {
      try {
        String[] span = item.text().split("/", -1);
        LocalDate last = LocalDate.parse(span[span.length - 1]);
        LocalDate first = LocalDate.parse(span[0]);
        if (span.length > 2 || last.isBefore(first)) {
          throw new DateTimeException("no span");
        }
        LocalDate oldest = last.minusDays(Model.MOST_DAYS);
        for (LocalDate day = last; day.isAfter(oldest) && !day.isBefore(first); ) {
          days.add(day);
          day = day.minusDays(1);
        }
      } catch (DateTimeException e) {
        throw item.wrong(
            "expected a day or a span such as 2026-03-02/2026-03-09, found '" + item.text() + "'");
      }
    }
    return days;
  }

  private static Workload workload(PolicyNode node) {
    Mapping fields = node.mapping("cluster", "namespace", "kind", "name", "container");
    return new Workload(
        text(fields.required("cluster")),
        text(fields.required("namespace")),
        text(fields.required("kind")),
        text(fields.required("name")),
        text(fields.required("container")));
  }

  private static String[] keys(Kind kind) {
    String[] own =
        switch (kind) {
          case EXECUTABLE -> new String[] {"path", "parent"};
          case LISTENER -> new String[] {"protocol", "port"};
          case PEER -> new String[] {"service", "dns", "network", "port"};
          case WRITTEN_FILE -> new String[] {"path"};
          case SYSTEM_CALL -> new String[] {"name", "abi"};
        };
    List<String> all = new ArrayList<>(List.of(own));
    all.addAll(List.of(SEEN));
    return all.toArray(String[]::new);
  }

  private static Entry entry(Kind kind, PolicyNode item, Mapping fields) {
    return switch (kind) {
      case EXECUTABLE ->
          new Executable(
              text(fields.required("path")),
              fields.optional("parent").map(ModelFiles::text).orElse(""));
      case LISTENER ->
          new Listener(text(fields.required("protocol")), port(fields.required("port"), false));
      case PEER -> peer(item, fields);
      case WRITTEN_FILE -> new WrittenFile(text(fields.required("path")));
      case SYSTEM_CALL -> call(item, fields);
    };
  }

  private static SystemCall call(PolicyNode item, Mapping fields) {
    SystemCall call =
        new SystemCall(
            text(fields.required("name")), fields.optional("abi").map(ModelFiles::text).orElse(""));
    if (!EntryText.parse(EntryText.of(call)).equals(Optional.of(call))) {
      throw item.wrong("expected the name of a system call, and abi x64, i386, arm64 or arm32");
    }
    return call;
  }

  private static Peer peer(PolicyNode item, Mapping fields) {
    Map<PeerKind, PolicyNode> named = new HashMap<>();
    for (PeerKind kind : PeerKind.values()) {
      fields
          .optional(kind.name().toLowerCase(Locale.ROOT))
          .ifPresent(name -> named.put(kind, name));
    }
    if (named.size() != 1) {
      throw item.wrong("a peer has one of service, dns and network, found " + named.size());
    }
    Map.Entry<PeerKind, PolicyNode> one = named.entrySet().iterator().next();
    return new Peer(
        one.getKey(),
        text(one.getValue()),
        fields.optional("port").map(port -> port(port, true)).orElse(Entry.NO_PORT));
  }

  private static int port(PolicyNode node, boolean orAny) {
    return EntryText.port(node.text(), orAny)
        .orElseThrow(
            () ->
                node.wrong(
                    "expected a port from 1 to 65535 or "
                        + (orAny ? "ephemeral or any" : "ephemeral")
                        + ", found '"
                        + node.text()
                        + "'"));
  }

  private static Sighting sighting(PolicyNode item, Mapping fields, List<String> digests) {
    Instant first = day(fields.required("first"));
    Instant last = day(fields.required("last"));
    if (last.isBefore(first)) {
      throw item.wrong("'last' is before 'first'");
    }
    return new Sighting(
        number(fields.required("count")),
        first,
        last,
        Math.toIntExact(number(fields.required("pods"))),
        Math.toIntExact(number(fields.required("starts"))),
        fields.optional("start").map(ModelFiles::text).orElse(""),
        fields.optional("startup").map(only -> only.oneOf(List.of("only"))).isPresent(),
        fields
            .optional("digests")
            .map(list -> list.items().stream().map(ModelFiles::text).toList())
            .orElse(digests),
        fields.optional("accepted").map(PolicyNode::flag).orElse(false));
  }

  /** System calls have a record of their own. */
  private static Set<Kind> covers(PolicyNode node) {
    List<Kind> kinds = Stream.of(Kind.values()).filter(kind -> kind != Kind.SYSTEM_CALL).toList();
    List<String> keys = kinds.stream().map(ModelText::key).toList();
    Set<Kind> covers = new TreeSet<>();
    node.items().forEach(item -> covers.add(kinds.get(keys.indexOf(item.oneOf(keys)))));
    return covers;
  }

  private static Map<Kind, Long> refused(Mapping top) {
    Optional<PolicyNode> node = top.optional("refused");
    Map<Kind, Long> refused = new TreeMap<>();
    if (node.isPresent()) {
      List<String> keys = List.of(Kind.values()).stream().map(ModelText::key).toList();
      Mapping fields = node.get().mapping(keys.toArray(String[]::new));
      for (Kind kind : Kind.values()) {
        fields.optional(ModelText.key(kind)).ifPresent(count -> refused.put(kind, number(count)));
      }
    }
    return refused;
  }

  private static List<String> texts(Mapping top, String key) {
    return top.optional(key)
        .map(list -> list.items().stream().map(ModelFiles::text).toList())
        .orElse(List.of());
  }

  private static long number(PolicyNode node) {
    return node.wholeNumber(0, Sighting.MOST);
  }

  private static String text(PolicyNode node) {
    return HostileText.visible(node.text());
  }

  private static Instant day(PolicyNode node) {
    try {
      return LocalDate.parse(node.text()).atStartOfDay(ZoneOffset.UTC).toInstant();
    } catch (DateTimeException e) {
      throw node.wrong("expected a day such as 2026-03-02, found '" + node.text() + "'");
    }
  }

  private static Instant time(PolicyNode node) {
    try {
      return Instant.parse(node.text());
    } catch (DateTimeException e) {
      throw node.wrong("expected a time such as 2026-03-02T09:15:00Z, found '" + node.text() + "'");
    }
  }
}
