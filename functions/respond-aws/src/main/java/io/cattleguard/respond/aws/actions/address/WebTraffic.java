package io.cattleguard.respond.aws.actions.address;

import io.cattleguard.events.Alert;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.ObservedConnection;
import java.util.Optional;
import java.util.Set;

/** Whether AWS WAF can see the connection of an alert. */
final class WebTraffic {
  /** The usual ports of HTTP and HTTPS. */
  private static final Set<Integer> PORTS = Set.of(80, 443, 8080, 8443);

  private static final int LONGEST = 40;

  private WebTraffic() {}

  /**
   * Why no web ACL sees the connection; empty if one may. A web ACL protects a load balancer or an
   * API and never an instance, and behind a load balancer the peer is the load balancer.
   */
  static Optional<String> unseen(Alert alert) {
    ObservedConnection network = alert.network();
    Integer port = network.localPort();
    String protocol = network.protocol();
    if (port == null) {
      return Optional.of("the alert does not name a port of the web");
    }
    if (!PORTS.contains(port) || (protocol != null && !protocol.equals("tcp"))) {
      return Optional.of(
          "the alert is about "
              + (protocol == null ? "" : HostileText.visible(protocol, LONGEST) + " ")
              + "port "
              + port
              + "");
    }
    return Optional.ofNullable(alert.target().instance())
        .map(
            instance ->
                "the alert is about a connection to instance "
                    + HostileText.visible(instance, LONGEST)
                    + " itself");
  }
}
