package io.cattleguard.respond.kubernetes.policies;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Evaluates a selector of a Calico policy, such as {@code app == 'web' && has(tier)}.
 *
 * @see <a
 *     href="https://docs.tigera.io/calico/latest/reference/resources/networkpolicy#selectors">Selectors</a>
 */
public final class CalicoSelector {
  /**
   * The selector uses a syntax or a label that this class does not know; the policy then counts as
   * a doubt.
   */
  private static final class UnknownSyntax extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private UnknownSyntax(String selector) {
      super(selector);
    }
  }

  /** The beginnings of the names of labels that Calico adds itself. */
  private static final List<String> OF_CALICO = List.of("projectcalico.org/", "pcns.", "pcsa.");

  private static final Pattern TOKEN =
      Pattern.compile(
          "\\s*(&&|\\|\\||==|!=|!|\\(|\\)|\\{|\\}|,|'[^']*'|\"[^\"]*\"|[a-zA-Z0-9_./-]+)\\s*");

  private final Matcher tokens;
  private final String text;
  private final Map<String, String> labels;
  private int at;
  private String token = "";

  private CalicoSelector(String text, Map<String, String> labels) {
    this.text = text;
    this.tokens = TOKEN.matcher(text);
    this.labels = labels;
    next();
  }

  /** Whether the selector matches; empty if it uses something that is not evaluated here. */
  static Optional<Boolean> matches(String selector, Map<String, String> labels) {
    if (selector.isBlank()) {
      return Optional.of(true);
    }
    try {
      CalicoSelector parser = new CalicoSelector(selector, labels);
      boolean matches = parser.any();
      return parser.token.isEmpty() ? Optional.of(matches) : Optional.empty();
    } catch (UnknownSyntax e) {
      return Optional.empty();
    }
  }

  private void next() {
    if (at == text.length()) {
      token = "";
      return;
    }
    if (!tokens.find(at) || tokens.start() != at) {
      throw new UnknownSyntax(text);
    }
    at = tokens.end();
    token = tokens.group(1);
  }

  private boolean take(String expected) {
    if (!token.equals(expected)) {
      return false;
    }
    next();
    return true;
  }

  private void require(String expected) {
    if (!take(expected)) {
      throw new UnknownSyntax(text);
    }
  }

  private boolean any() {
    boolean matches = all();
    while (take("||")) {
      matches |= all();
    }
    return matches;
  }

  private boolean all() {
    boolean matches = one();
    while (take("&&")) {
      matches &= one();
    }
    return matches;
  }

  private boolean one() {
    if (take("!")) {
      return !one();
    }
    if (take("(")) {
      boolean matches = any();
      require(")");
      return matches;
    }
    String name = token;
    next();
    if (name.equals("all") && take("(")) {
      require(")");
      return true;
    }
    if (name.equals("has") && take("(")) {
      boolean has = value(token).isPresent();
      next();
      require(")");
      return has;
    }
    return compared(value(name));
  }

  /** The absence of a label that Calico adds itself is not known. */
  private Optional<String> value(String name) {
    Optional<String> value = Optional.ofNullable(labels.get(name));
    if (value.isEmpty() && OF_CALICO.stream().anyMatch(name::startsWith)) {
      throw new UnknownSyntax(text);
    }
    return value;
  }

  private boolean compared(Optional<String> value) {
    if (take("==")) {
      return value.equals(Optional.of(literal()));
    }
    if (take("!=")) {
      return !value.equals(Optional.of(literal()));
    }
    if (take("in")) {
      Set<String> values = literals();
      return value.filter(values::contains).isPresent();
    }
    if (take("not") && take("in")) {
      Set<String> values = literals();
      return value.filter(values::contains).isEmpty();
    }
    throw new UnknownSyntax(text);
  }

  private Set<String> literals() {
    Set<String> values = new HashSet<>();
    require("{");
    while (!take("}")) {
      values.add(literal());
      if (!token.equals("}")) {
        require(",");
      }
    }
    return values;
  }

  private String literal() {
    if (token.length() < 2 || (token.charAt(0) != '\'' && token.charAt(0) != '"')) {
      throw new UnknownSyntax(text);
    }
    String value = token.substring(1, token.length() - 1);
    next();
    return value;
  }
}
