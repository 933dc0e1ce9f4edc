package io.cattleguard.sources.guardduty;

import static io.cattleguard.sources.parsing.FieldValue.or;
import static io.cattleguard.sources.parsing.FieldValue.text;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.sources.parsing.FieldValue;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads {@code service.action} of a finding. */
final class GuardDutyAction {
  private static final List<String> CALLS =
      List.of("awsApiCallAction", "kubernetesApiCallAction", "rdsLoginAttemptAction");

  private final JsonNode action;
  private final List<String> notes;

  GuardDutyAction(JsonNode action, List<String> notes) {
    this.action = action;
    this.notes = notes;
  }

  /** Audit for an API call, otherwise runtime. */
  AlertClass alertClass() {
    return CALLS.stream().anyMatch(call -> action.path(call).isObject())
        ? AlertClass.AUDIT
        : AlertClass.RUNTIME;
  }

  /** The connection, if the finding names exactly one. */
  ObservedConnection network() {
    JsonNode connection = action.path("networkConnectionAction");
    if (connection.isObject()) {
      return of(connection, "networkConnectionAction", direction(connection));
    }
    JsonNode probes = action.path("portProbeAction").path("portProbeDetails");
    if (probes.size() == 1 && probes.path(0).isObject()) {
      return of(probes.path(0), "portProbeAction.portProbeDetails", "inbound");
    }
    for (String call : CALLS) {
      String peer = peer(action.path(call), call);
      if (peer != null) {
        return new ObservedConnection(peer, null, null, null);
      }
    }
    JsonNode request = action.path("dnsRequestAction");
    String protocol = text(request.get("protocol"), "dnsRequestAction.protocol", notes);
    String domain = text(request.get("domain"), "dnsRequestAction.domain", notes);
    return domain == null
        ? ObservedConnection.UNKNOWN
        : new ObservedConnection(
            null,
            null,
            null,
            protocol == null ? null : protocol.toLowerCase(Locale.ROOT),
            "outbound",
            domain);
  }

  private ObservedConnection of(JsonNode node, String key, @Nullable String direction) {
    String protocol = text(node.get("protocol"), key + ".protocol", notes);
    return new ObservedConnection(
        peer(node, key),
        port(node, "remotePortDetails", key),
        port(node, "localPortDetails", key),
        protocol == null ? null : protocol.toLowerCase(Locale.ROOT),
        direction);
  }

  private @Nullable String peer(JsonNode node, String key) {
    JsonNode remote = node.path("remoteIpDetails");
    return or(
        text(remote.get("ipAddressV4"), key + ".remoteIpDetails.ipAddressV4", notes),
        text(remote.get("ipAddressV6"), key + ".remoteIpDetails.ipAddressV6", notes));
  }

  private @Nullable Integer port(JsonNode node, String which, String key) {
    JsonNode port = node.path(which).path("port");
    return port.isMissingNode() ? null : FieldValue.port(port, key + "." + which + ".port", notes);
  }

  private static @Nullable String direction(JsonNode connection) {
    return switch (connection.path("connectionDirection").asText("")) {
      case "INBOUND" -> "inbound";
      case "OUTBOUND" -> "outbound";
      default -> null;
    };
  }
}
