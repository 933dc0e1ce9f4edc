package io.cattleguard.sources.securityhub;

import static io.cattleguard.sources.parsing.FieldValue.or;

import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.sources.parsing.Addresses;
import io.cattleguard.sources.parsing.Fields;
import io.cattleguard.sources.parsing.Programs;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The action, from the fields {@code Action}, {@code Process}, {@code Network} and {@code Malware}
 * of a finding.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/securityhub/latest/userguide/asff-top-level-attributes.html">Top-level
 *     attributes</a>
 */
final class AsffActivity {
  private static final String INBOUND = "inbound";
  private static final String OUTBOUND = "outbound";

  private final Fields finding;
  private final Fields action;

  AsffActivity(Fields finding) {
    this.finding = finding;
    this.action = finding.object("Action");
  }

  ObservedProcess process() {
    Fields process = finding.object("Process");
    String path = process.text("Path");
    return new ObservedProcess(
        path, or(process.text("Name"), Programs.name(path)), null, null, null);
  }

  /** The first file in which malware was found. */
  @Nullable String file() {
    for (Fields malware : finding.objects("Malware")) {
      String path = malware.text("Path");
      if (path != null) {
        return path;
      }
    }
    return null;
  }

  /** The connection of the action, else of the field {@code Network}. */
  ObservedConnection network() {
    Fields connection = action.object("NetworkConnectionAction");
    if (!connection.isEmpty()) {
      return remote(connection, direction(connection.word("ConnectionDirection")));
    }
    List<Fields> probes = action.object("PortProbeAction").objects("PortProbeDetails");
    if (probes.size() == 1) {
      return remote(probes.getFirst(), INBOUND);
    }
    Fields call = action.object("AwsApiCallAction");
    if (!call.isEmpty()) {
      return remote(call, null);
    }
    Fields request = action.object("DnsRequestAction");
    String domain = request.text("Domain");
    return domain == null
        ? ofNetwork(finding.object("Network"))
        : new ObservedConnection(null, null, null, protocol(request), OUTBOUND, domain);
  }

  private static ObservedConnection remote(Fields fields, @Nullable String direction) {
    Fields details = fields.object("RemoteIpDetails");
    String peer = address(or(details.text("IpAddressV4"), details.text("IpAddressV6")));
    return new ObservedConnection(
        peer,
        peer == null ? null : fields.object("RemotePortDetails").port("Port"),
        fields.object("LocalPortDetails").port("Port"),
        protocol(fields),
        direction);
  }

  /** Both ends of a connection; the direction says which one is the finding's own. */
  private static ObservedConnection ofNetwork(Fields network) {
    String direction = direction(network.word("Direction"));
    if (direction == null) {
      return ObservedConnection.UNKNOWN;
    }
    boolean isCaller = direction.equals(OUTBOUND);
    String other = isCaller ? "Destination" : "Source";
    String peer = address(or(network.text(other + "IpV4"), network.text(other + "IpV6")));
    return new ObservedConnection(
        peer,
        peer == null ? null : network.port(other + "Port"),
        network.port((isCaller ? "Source" : "Destination") + "Port"),
        protocol(network),
        direction,
        network.text(other + "Domain"));
  }

  private static @Nullable String direction(String word) {
    return switch (word) {
      case "INBOUND", "IN" -> INBOUND;
      case "OUTBOUND", "OUT" -> OUTBOUND;
      default -> null;
    };
  }

  private static @Nullable String address(@Nullable String text) {
    return text != null && Addresses.isAddress(text) ? text : null;
  }

  private static @Nullable String protocol(Fields fields) {
    String protocol = fields.text("Protocol");
    return protocol == null ? null : protocol.toLowerCase(Locale.ROOT);
  }
}
