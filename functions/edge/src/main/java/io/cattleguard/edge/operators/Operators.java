package io.cattleguard.edge.operators;

import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.events.operator.OperatorCommand.Verb;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Which people may give which commands, from {@code operators} in {@code settings.yaml}: lists for
 * {@code approve} (and reject), {@code undo} (and extend), {@code silence} (and unsilence) and
 * {@code stop} (and resume).
 */
public record Operators(Map<Verb, List<IdentityPattern>> allowed) {
  /**
   * Everyone whom the host admits: the users who can open the socket of {@code up}, and the
   * principals that IAM allows to publish. No Slack user.
   */
  public static final Operators DEFAULT = new Operators(Map.of());

  private static final List<IdentityPattern> EVERYONE =
      List.of(new IdentityPattern("aws:*"), new IdentityPattern("unix:*"));

  /** Copies the map. */
  public Operators {
    allowed = Map.copyOf(allowed);
  }

  /**
   * Reads {@code operators} of {@code settings.yaml}. The responders read the rest of that file.
   *
   * @throws io.cattleguard.edge.policy.PolicyException with file and line of each mistake
   */
  public static Operators read(PolicyFiles policy) {
    return policy
        .file("settings.yaml")
        .flatMap(file -> file.anyMapping().optional("operators"))
        .map(Operators::read)
        .orElse(DEFAULT);
  }

  /**
   * Reads the value of {@code operators}.
   *
   * @throws io.cattleguard.edge.policy.PolicyException with file and line of each mistake
   */
  public static Operators read(PolicyNode node) {
    PolicyNode.Mapping keys = node.mapping("approve", "undo", "silence", "stop");
    Map<Verb, List<IdentityPattern>> allowed = new EnumMap<>(Verb.class);
    for (Verb verb : Verb.values()) {
      keys.optional(key(verb)).ifPresent(list -> allowed.put(verb, IdentityPattern.list(list)));
    }
    return new Operators(allowed);
  }

  /** The key that names a command and its opposite. */
  public static String key(Verb verb) {
    return switch (verb) {
      case APPROVE, REJECT -> "approve";
      case UNDO, EXTEND -> "undo";
      case SILENCE, UNSILENCE -> "silence";
      case STOP, RESUME -> "stop";
    };
  }

  /** Whether that person may give that command. */
  public boolean allow(Verb verb, String identity) {
    return of(verb).stream().anyMatch(one -> one.matches(identity));
  }

  /** Whether that person may give any command. */
  public boolean allowAnything(String identity) {
    return Arrays.stream(Verb.values()).anyMatch(verb -> allow(verb, identity));
  }

  /**
   * The second right that a command needs, if that person lacks it: a silence that hides alerts
   * from responders stops responses, so it needs the right to stop.
   */
  public Optional<Verb> lacking(Verb verb, boolean responders, String identity) {
    return verb == Verb.SILENCE && responders && !allow(Verb.STOP, identity)
        ? Optional.of(Verb.STOP)
        : Optional.empty();
  }

  /** Why that person may not give that command; empty if they may. */
  public Optional<String> objection(Verb verb, boolean responders, String identity) {
    if (!allow(verb, identity)) {
      return Optional.of("operators in settings.yaml allows it to " + inWords(verb));
    }
    return lacking(verb, responders, identity)
        .map(
            other ->
                "a silence of responders also needs the right to stop, which operators in"
                    + " settings.yaml gives to "
                    + inWords(other));
  }

  /** Who may give that command. */
  public List<IdentityPattern> who(Verb verb) {
    return of(verb);
  }

  /** The people who may give that command, as a text. */
  public String inWords(Verb verb) {
    List<IdentityPattern> patterns = of(verb);
    return patterns.isEmpty()
        ? "nobody"
        : patterns.stream().map(IdentityPattern::text).collect(Collectors.joining(", "));
  }

  private List<IdentityPattern> of(Verb verb) {
    return allowed.getOrDefault(verb, EVERYONE);
  }
}
