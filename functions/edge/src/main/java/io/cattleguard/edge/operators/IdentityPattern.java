package io.cattleguard.edge.operators;

import io.cattleguard.edge.policy.NamePattern;
import io.cattleguard.edge.policy.PolicyNode;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A pattern of a setting for people's identities: an identity such as {@code unix:anna}, in which
 * {@code *} matches any text.
 */
public record IdentityPattern(String text) {
  private static final Pattern VALID = Pattern.compile("(aws|unix|slack):[^\\s?\\[\\]{}]+");

  /**
   * Reads a list of patterns.
   *
   * @throws io.cattleguard.edge.policy.PolicyException with file and line of a wrong one
   */
  public static List<IdentityPattern> list(PolicyNode node) {
    return node.items().stream().map(IdentityPattern::read).toList();
  }

  private static IdentityPattern read(PolicyNode node) {
    if (!VALID.matcher(node.text()).matches()) {
      throw node.wrong(
          "expected an identity that starts with aws:, unix: or slack:, such as unix:root or"
              + " aws:AROAEXAMPLEID:*");
    }
    return new IdentityPattern(node.text());
  }

  /** Whether it matches that identity. The comparison is case-sensitive. */
  public boolean matches(String identity) {
    return new NamePattern(text).matches(identity);
  }

  /** The pattern itself. */
  @Override
  public String toString() {
    return text;
  }
}
