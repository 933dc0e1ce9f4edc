package io.cattleguard.route;

import io.cattleguard.edge.policy.PolicyNode;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;

/** Where a secret may be sent: over TLS, or to this machine. */
public final class Address {
  /** What an address must be, for an error. */
  public static final String EXPECTED = "an https:// address (http:// only for 127.0.0.1)";

  private Address() {}

  /** The address, or empty where it is none or a secret would travel in the clear. */
  public static Optional<URI> checked(String text) {
    URI uri;
    try {
      uri = new URI(text.strip());
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
    boolean safe =
        "https".equals(uri.getScheme())
            || ("http".equals(uri.getScheme()) && "127.0.0.1".equals(uri.getHost()));
    return safe && uri.getHost() != null ? Optional.of(uri) : Optional.empty();
  }

  /**
   * The address that stands in a policy.
   *
   * @throws io.cattleguard.edge.policy.PolicyException with file and line
   */
  public static URI read(PolicyNode node) {
    return checked(node.text()).orElseThrow(() -> node.wrong("expected " + EXPECTED));
  }

  /** The address with a path added, whatever slash it ends on. */
  public static URI append(URI base, String path) {
    String text = base.toString();
    return URI.create((text.endsWith("/") ? text.substring(0, text.length() - 1) : text) + path);
  }
}
