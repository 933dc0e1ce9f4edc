package io.cattleguard.route.digest;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.fields.AlertFields;
import io.cattleguard.route.Address;
import io.cattleguard.route.Secrets;
import io.cattleguard.route.Setting;
import java.net.URI;
import java.time.DateTimeException;
import java.time.LocalTime;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * The owners of {@code owners.yaml}. The first that matches a finding gets it.
 *
 * @param at when digests are sent, in UTC
 * @param codeTags the tags with the location of the resource's code
 */
public record Owners(LocalTime at, List<String> codeTags, List<Owner> all) {
  private static final String FILE = "owners.yaml";
  private static final LocalTime MORNING = LocalTime.of(8, 0);
  private static final List<String> CODE = List.of("code", "git_repo", "git_file");
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");

  /** No owners: findings are routed one by one. */
  public static final Owners NONE = new Owners(MORNING, CODE, List.of());

  /** Copies the lists. */
  public Owners {
    codeTags = List.copyOf(codeTags);
    all = List.copyOf(all);
  }

  /**
   * Reads the file strictly; a policy without it has no owners.
   *
   * @throws io.cattleguard.edge.policy.PolicyException listing every error with its file and line
   */
  public static Owners read(PolicyFiles files) {
    Optional<PolicyNode> file = files.file(FILE);
    if (file.isEmpty()) {
      return NONE;
    }
    PolicyNode.Mapping keys = file.get().mapping("at", "code-tags", "owners");
    Set<String> names = new HashSet<>();
    return new Owners(
        keys.optional("at").map(Owners::time).orElse(MORNING),
        keys.optional("code-tags")
            .map(tags -> tags.items().stream().map(PolicyNode::text).toList())
            .orElse(CODE),
        PolicyFiles.eachCollectingErrors(
            keys.required("owners").items(), entry -> owner(entry, names)));
  }

  private static LocalTime time(PolicyNode node) {
    try {
      return LocalTime.parse(node.text());
    } catch (DateTimeException e) {
      throw node.wrong("expected a time in UTC such as \"08:00\", found '" + node.text() + "'");
    }
  }

  private static Owner owner(PolicyNode entry, Set<String> names) {
    PolicyNode.Mapping keys = entry.mapping("name", "when", "tags", "url-from");
    PolicyNode name = keys.required("name");
    if (!NAME.matcher(name.text()).matches()) {
      throw name.wrong("a name has at most 63 characters of a-z, 0-9 and -");
    }
    if (!names.add(name.text())) {
      throw name.wrong("an owner named '" + name.text() + "' exists already");
    }
    Map<String, String> tags = new HashMap<>();
    keys.optional("tags")
        .ifPresent(
            node ->
                node.anyMapping().entries().forEach((key, value) -> tags.put(key, value.text())));
    return new Owner(
        name.text(),
        keys.optional("when").map(when -> when.pattern(AlertFields.SCORED, AlertFields.VALUES)),
        tags,
        Setting.secret(keys, "url-from"));
  }

  /** Whether developers fix such an alert, so that it belongs into a digest. */
  static boolean isForDevelopers(ScoredAlert scored) {
    AlertClass of = scored.alert().alertClass();
    return of == AlertClass.CONFIGURATION || of == AlertClass.VULNERABILITY;
  }

  /**
   * Whether a finding waits for its owner's digest. Without a usable webhook it does not wait, so
   * people are notified at once.
   */
  public Predicate<ScoredAlert> digested(Secrets secrets) {
    return scored -> of(scored).flatMap(owner -> address(owner, secrets)).isPresent();
  }

  private static Optional<URI> address(Owner owner, Secrets secrets) {
    try {
      return owner.url().value(secrets).flatMap(Address::checked);
    } catch (Unavailable e) {
      return Optional.empty(); // fail open: people are notified at once
    }
  }

  /** The owner of a finding; empty for any other alert. */
  public Optional<Owner> of(ScoredAlert scored) {
    if (all.isEmpty() || !isForDevelopers(scored)) {
      return Optional.empty();
    }
    ObjectNode event = AlertJson.matchable(scored);
    Map<String, String> tags = ResourceTags.of(scored.alert().raw());
    return all.stream()
        .filter(
            owner ->
                owner.when().filter(when -> !when.matches(event)).isEmpty()
                    && tags.entrySet().containsAll(owner.tags().entrySet()))
        .findFirst();
  }
}
