package io.cattleguard.route;

import io.cattleguard.edge.policy.PolicyNode;
import java.util.Optional;
import java.util.regex.Pattern;

/** A value that a destination needs: written in the policy, or named there and set elsewhere. */
public sealed interface Setting {

  /** Written in the policy; never a secret. */
  record Written(String value) implements Setting {}

  /** Set in the environment variable of that name. */
  record From(String variable) implements Setting {}

  /** What names an environment variable. */
  Pattern VARIABLE = Pattern.compile("[A-Z][A-Z0-9_]{0,127}");

  /** The value, or empty where its variable is not set. */
  default Optional<String> value(Secrets secrets) {
    return switch (this) {
      case Written written -> Optional.of(written.value());
      case From from -> secrets.named(from.variable()).filter(value -> !value.isBlank());
    };
  }

  /** What a destination answers that lacks this setting. */
  default Outcome notConfigured() {
    return new Outcome.Skipped("not configured: " + described() + " is not set");
  }

  /** What a destination answers where this setting is no address that a secret may be sent to. */
  default Outcome unusable() {
    return new Outcome.Rejected(described() + " is not " + Address.EXPECTED);
  }

  private String described() {
    return switch (this) {
      case Written ignored -> "the setting in the policy";
      case From from -> from.variable();
    };
  }

  /** A setting that may stand in the file as {@code key}, or be named by {@code key-from}. */
  static Setting read(PolicyNode self, PolicyNode.Mapping mapping, String key) {
    Optional<PolicyNode> written = mapping.optional(key);
    Optional<PolicyNode> named = mapping.optional(key + "-from");
    if (written.isPresent() == named.isPresent()) {
      throw self.wrong("needs either '" + key + "' or '" + key + "-from'");
    }
    return written.isPresent() ? new Written(written.get().text()) : secret(mapping, key + "-from");
  }

  /** A setting that is only ever named; the value given instead of a name is not repeated. */
  static Setting secret(PolicyNode.Mapping mapping, String key) {
    PolicyNode node = mapping.required(key);
    if (!VARIABLE.matcher(node.text()).matches()) {
      throw node.wrong(
          "'"
              + key
              + "' names the environment variable that holds the value, such as "
              + "CATTLEGUARD_SLACK_TOKEN; the value itself never stands in a policy");
    }
    return new From(node.text());
  }
}
