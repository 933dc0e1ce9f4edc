package io.cattleguard.models.export;

import io.cattleguard.models.Entry;
import io.cattleguard.models.Entry.Listener;
import io.cattleguard.models.Ephemeral;
import io.cattleguard.models.Workload;
import io.cattleguard.models.export.AllowedTraffic.Destination;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Writes the peers and listeners of a pod as a policy of Cilium, which also knows DNS names and the
 * Kubernetes API.
 *
 * @see <a href="https://docs.cilium.io/en/stable/security/policy/language/">The language of
 *     Cilium's policies</a>
 */
final class CiliumExport {
  /** How many ports a list of ports may have, by the schema of the policy. */
  private static final int MOST_PORTS = 40;

  private CiliumExport() {}

  static ExportedPolicy of(ExportRequest request) {
    AllowedTraffic traffic = AllowedTraffic.of(request, true);
    Workload workload = request.workload();
    String name = PolicyText.name(workload, true);
    PolicyText text =
        NetworkPolicyExport.head(request)
            .comment("It blocks as soon as it is applied.")
            .comment(
                "DNS: port 53 of the cluster is allowed for every name, through Cilium's DNS proxy,"
                    + " which the names below need.")
            .comment("Probes of the kubelet: Cilium always allows the pod's own node by default.")
            .comments("Not enforced:", NetworkPolicyExport.notEnforced(traffic))
            .comments("Not allowed, although the model has it:", traffic.inexpressible())
            .comments("Not allowed, because it is unconfirmed:", traffic.unconfirmed())
            .object("cilium.io/v2", "CiliumNetworkPolicy", name, workload.namespace())
            .line(1, "endpointSelector:")
            .matchLabels(2, request.selector());
    if (traffic.restrictsIngress()) {
      ingress(text, traffic);
    }
    if (traffic.restrictsEgress()) {
      egress(text, traffic);
    }
    return new ExportedPolicy(
        name,
        text.toString(),
        request.models().stream().map(model -> model.workload()).collect(Collectors.toSet()),
        traffic.inexpressible(),
        traffic.unconfirmed(),
        traffic::effect);
  }

  private static void ingress(PolicyText text, AllowedTraffic traffic) {
    text.line(1, "ingress:");
    if (traffic.listeners().isEmpty()) {
      // An empty rule selects no peer, and makes the policy deny by default.
      text.line(2, "- {}");
      return;
    }
    text.line(2, "- fromEntities:").line(4, "- all").line(3, "toPorts:");
    int ports = 0;
    for (Listener listener : new TreeSet<>(traffic.listeners())) {
      if (ports++ % MOST_PORTS == 0) {
        text.line(4, "- ports:");
      }
      port(text, listener.protocol().toUpperCase(Locale.ROOT), listener.port());
    }
  }

  private static void egress(PolicyText text, AllowedTraffic traffic) {
    text.line(1, "egress:").line(2, "- toEntities:").line(4, "- cluster");
    ports(text, AllowedTraffic.DNS);
    text.line(5, "rules:").line(6, "dns:").line(7, "- matchPattern: \"*\"");
    for (Destination destination : traffic.sorted()) {
      switch (destination.kind()) {
        case PRIVATE -> {
          text.line(2, "- toEntities:").line(4, "- cluster");
          ports(text, destination.port());
          text.line(2, "- toCIDR:");
          NetworkPolicyExport.PRIVATE_NETWORKS.forEach(
              network -> text.line(4, "- " + PolicyText.quoted(network)));
        }
        case PUBLIC -> {
          text.line(2, "- toCIDRSet:");
          new TreeMap<>(NetworkPolicyExport.INTERNET)
              .forEach((network, but) -> except(text, network, but));
        }
        case NETWORK ->
            text.line(2, "- toCIDR:").line(4, "- " + PolicyText.quoted(destination.text()));
        case NAMESPACE ->
            text.line(2, "- toEndpoints:")
                .line(4, "- matchLabels:")
                .line(
                    6,
                    "\"k8s:io.kubernetes.pod.namespace\": "
                        + PolicyText.quoted(destination.text()));
        case API_SERVER -> text.line(2, "- toEntities:").line(4, "- kube-apiserver");
        case NAME ->
            text.line(2, "- toFQDNs:")
                .line(4, "- matchName: " + PolicyText.quoted(destination.text()));
      }
      ports(text, destination.port());
    }
  }

  private static void except(PolicyText text, String network, List<String> but) {
    text.line(4, "- cidr: " + PolicyText.quoted(network)).list(5, "except", but);
  }

  private static void ports(PolicyText text, int port) {
    if (port >= 0) {
      text.line(3, "toPorts:").line(4, "- ports:");
      port(text, "ANY", port);
    }
  }

  private static void port(PolicyText text, String protocol, int port) {
    boolean range = port == Entry.EPHEMERAL;
    String first = Integer.toString(range ? Ephemeral.FIRST_EPHEMERAL_PORT : port);
    text.line(6, "- port: " + PolicyText.quoted(first));
    if (range) {
      text.line(7, "endPort: " + NetworkPolicyExport.HIGHEST_PORT);
    }
    text.line(7, "protocol: " + protocol);
  }
}
