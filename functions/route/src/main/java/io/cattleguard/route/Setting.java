package io.cattleguard.route;

import io.cattleguard.edge.policy.PolicyNode;
import java.util.Optional;
import java.util.regex.Pattern;

/** A setting of a destination: a value in the policy, or the name of an environment variable. */
public sealed interface Setting {

  /** A value in the policy; never a secret. */
  record Written(String value) implements Setting {}

  /** A value in the environment variable of that name. */
  record From(String variable) implements Setting {}

  /** The format of an environment variable's name. */
  Pattern VARIABLE = Pattern.compile("[A-Z][A-Z0-9_]{0,127}");

  /** The value, or empty if its variable is not set. */
  default Optional<String> value(Secrets secrets) {
    return switch (this) {
      case Written written -> Optional.of(written.value());
      case From from -> secrets.named(from.variable()).filter(value -> !value.isBlank());
    };
  }

  /** Whether it has a value, which is not read. */
  default boolean isSet(Secrets secrets) {
    return switch (this) {
      case Written ignored -> true;
      case From from -> secrets.isSet(from.variable());
    };
  }

  /** The outcome of deliveries if this setting is not an address that may receive a secret. */
  default Outcome unusable() {
    return new Outcome.Blocked(described() + " is not " + Address.EXPECTED);
  }

  /** The text that says what to set. */
  default String described() {
    return switch (this) {
      case Written ignored -> "the setting in routes.yaml";
      case From from -> from.variable();
    };
  }

  /**
   * Reads a setting: its value under {@code key}, or its variable's name under {@code key-from}.
   */
  static Setting read(PolicyNode self, PolicyNode.Mapping mapping, String key) {
    Optional<PolicyNode> written = mapping.optional(key);
    Optional<PolicyNode> named = mapping.optional(key + "-from");
    if (written.isPresent() == named.isPresent()) {
      throw self.wrong("needs either '" + key + "' or '" + key + "-from'");
    }
    return written.isPresent() ? new Written(written.get().text()) : secret(mapping, key + "-from");
  }

  /**
   * Reads a setting that must be the name of a variable. The error does not quote the text, which
   * may be the secret itself.
   */
  static Setting secret(PolicyNode.Mapping mapping, String key) {
    PolicyNode node = mapping.required(key);
    if (!VARIABLE.matcher(node.text()).matches()) {
      throw node.wrong(
          "'"
              + key
              + "' names the environment variable that holds the value, such as "
              + "CATTLEGUARD_SLACK_TOKEN; a policy must not contain the value itself");
    }
    return new From(node.text());
  }
}
