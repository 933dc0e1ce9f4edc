package io.cattleguard.route.slack.message;

import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.events.Alert;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Target;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A link that a destination's settings add to each message: to a board, to a query of a SIEM or of
 * CloudWatch.
 *
 * @param template a URL with placeholders behind its host, such as {@code {incident}}
 */
public record LinkTemplate(String label, String template) {
  /** Maximum number of links of a destination. */
  static final int MOST = 5;

  /** A longer address is left out. */
  static final int LONGEST = 1_000;

  private static final Pattern LABEL = Pattern.compile("[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}");
  private static final Pattern PLACEHOLDER = Pattern.compile("\\{([^{}]*)}");
  private static final List<String> KNOWN =
      List.of(
          "account",
          "cluster",
          "fingerprint",
          "incident",
          "instance",
          "namespace",
          "node",
          "pod",
          "region",
          "rule",
          "since",
          "source",
          "workload");

  /**
   * Reads labels with their templates.
   *
   * @throws io.cattleguard.edge.policy.PolicyException with file and line
   */
  public static List<LinkTemplate> read(PolicyNode node) {
    PolicyNode.Mapping mapping = node.anyMapping();
    if (mapping.keys().size() > MOST) {
      throw node.wrong("at most " + MOST + " links");
    }
    List<LinkTemplate> links = new ArrayList<>();
    new TreeMap<>(mapping.entries()).forEach((label, value) -> links.add(read(label, value)));
    return links;
  }

  private static LinkTemplate read(String label, PolicyNode node) {
    if (!LABEL.matcher(label).matches()) {
      throw node.wrong("a link's name has at most 40 letters, digits, spaces and ._-");
    }
    String template = node.text();
    Matcher matcher = PLACEHOLDER.matcher(template);
    while (matcher.find()) {
      if (!KNOWN.contains(matcher.group(1))) {
        throw node.wrong(
            "unknown placeholder {" + matcher.group(1) + "}; known: " + String.join(", ", KNOWN));
      }
    }
    String example = PLACEHOLDER.matcher(template).replaceAll("x");
    if (template.length() > LONGEST || address(example).isEmpty() || !hasFixedHost(template)) {
      throw node.wrong(
          "expected an https:// address of at most "
              + LONGEST
              + " characters, with placeholders such as {incident} behind the host only");
    }
    return new LinkTemplate(label, template);
  }

  /** Text of an event must not determine the host. */
  private static boolean hasFixedHost(String template) {
    int placeholder = template.indexOf('{');
    int path = template.indexOf('/', "https://".length());
    return placeholder < 0 || (path > 0 && path < placeholder);
  }

  private static Optional<URI> address(String text) {
    try {
      URI uri = new URI(text);
      return "https".equals(uri.getScheme()) && uri.getHost() != null && uri.getUserInfo() == null
          ? Optional.of(uri)
          : Optional.empty();
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
  }

  /**
   * The address for an alert and its incident; empty if the alert lacks what the template needs.
   */
  Optional<URI> fill(ScoredAlert scored, String incident) {
    StringBuilder out = new StringBuilder();
    Matcher matcher = PLACEHOLDER.matcher(template);
    while (matcher.find()) {
      String placeholder = matcher.group(1);
      String value = placeholder.equals("incident") ? incident : value(placeholder, scored);
      if (value == null || value.length() > LONGEST || value.isBlank()) {
        return Optional.empty();
      }
      matcher.appendReplacement(out, encoded(value));
    }
    matcher.appendTail(out);
    return out.length() > LONGEST ? Optional.empty() : address(out.toString());
  }

  private static @Nullable String value(String placeholder, ScoredAlert scored) {
    Alert alert = scored.alert();
    Target target = alert.target();
    return switch (placeholder) {
      case "account" -> target.account();
      case "cluster" -> target.cluster();
      case "fingerprint" -> scored.accepted().fingerprint();
      case "instance" -> target.instance();
      case "namespace" -> target.namespace();
      case "node" -> target.node();
      case "pod" -> target.pod();
      case "region" -> target.region();
      case "rule" -> alert.rule();
      case "since" -> Long.toString(scored.accepted().firstAt().getEpochSecond());
      case "source" -> alert.source();
      case "workload" -> target.workload();
      default -> null;
    };
  }

  /** Percent-encodes everything that is not unreserved. */
  private static String encoded(String value) {
    StringBuilder out = new StringBuilder();
    HexFormat hex = HexFormat.of().withUpperCase();
    for (byte b : value.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      boolean plain =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || "-._~".indexOf(c) >= 0;
      out.append(plain ? String.valueOf(c) : "%" + hex.toHexDigits(b));
    }
    return out.toString();
  }
}
