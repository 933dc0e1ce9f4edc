package io.cattleguard.models.export;

import io.cattleguard.models.Entry;
import io.cattleguard.models.Entry.Listener;
import io.cattleguard.models.Ephemeral;
import io.cattleguard.models.Workload;
import io.cattleguard.models.export.AllowedTraffic.Destination;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Writes the peers and listeners of a pod as a NetworkPolicy of Kubernetes. */
final class NetworkPolicyExport {
  static final List<String> PRIVATE_NETWORKS =
      List.of("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7");
  static final int HIGHEST_PORT = 65_535;

  /** The networks of the internet, and what is in them but not of it. */
  static final Map<String, List<String>> INTERNET =
      Map.of(
          "0.0.0.0/0",
          List.of(
              "10.0.0.0/8",
              "100.64.0.0/10",
              "127.0.0.0/8",
              "169.254.0.0/16",
              "172.16.0.0/12",
              "192.168.0.0/16"),
          "::/0",
          List.of("fc00::/7", "fe80::/10"));

  private NetworkPolicyExport() {}

  static ExportedPolicy of(ExportRequest request) {
    AllowedTraffic traffic = AllowedTraffic.of(request, false);
    Workload workload = request.workload();
    String name = PolicyText.name(workload, true);
    List<String> notEnforced = new ArrayList<>(notEnforced(traffic));
    notEnforced.add("names: a name that is looked up is not checked; its address is");
    PolicyText text =
        head(request)
            .comment("It blocks as soon as it is applied: a NetworkPolicy cannot observe.")
            .comment(
                "DNS: port 53 of every pod of the cluster is allowed. A DNS server elsewhere needs"
                    + " an entry of the model.")
            .comment(
                "Probes of the kubelet: Kubernetes always allows traffic from the pod's own node.")
            .comment(
                "With Cilium, addresses do not stand for pods, nodes or the Kubernetes API: export"
                    + " ciliumnetworkpolicy there.")
            .comments("Not enforced:", notEnforced)
            .comments("Not allowed, although the model has it:", traffic.inexpressible())
            .comments("Not allowed, because it is unconfirmed:", traffic.unconfirmed())
            .object("networking.k8s.io/v1", "NetworkPolicy", name, workload.namespace())
            .line(1, "podSelector:")
            .matchLabels(2, request.selector())
            .line(1, "policyTypes:");
    if (traffic.restrictsIngress()) {
      text.line(2, "- Ingress");
    }
    if (traffic.restrictsEgress()) {
      text.line(2, "- Egress");
    }
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

  static PolicyText head(ExportRequest request) {
    PolicyText text = new PolicyText();
    request
        .models()
        .forEach(
            model ->
                text.comment(
                    "Written by cattleguard model export, from the model of "
                        + model.workload()
                        + "."));
    return text;
  }

  static List<String> notEnforced(AllowedTraffic traffic) {
    List<String> notEnforced = new ArrayList<>();
    notEnforced.add("programs and written files; for programs export tetragon or kubearmor");
    notEnforced.add(
        traffic.restrictsIngress()
            ? "who connects to the ports: models do not know it, so everyone may"
            : "listeners: no source told of them, so everyone may reach every port");
    if (!traffic.restrictsEgress()) {
      notEnforced.add("peers: no source told of them, so the pod may reach everything");
    }
    if (traffic.destinations().stream().anyMatch(each -> each.port() == Entry.NO_PORT)) {
      notEnforced.add("ports of peers whose source told none: every port is allowed");
    }
    notEnforced.add("the protocol of peers: models do not know it, so TCP and UDP are allowed");
    notEnforced.add("services: the pods of the service's whole namespace are allowed, on any port");
    notEnforced.add(
        "private networks: the pods of all namespaces and all private addresses are allowed, on"
            + " the ports of the model");
    return notEnforced;
  }

  private static void ingress(PolicyText text, AllowedTraffic traffic) {
    if (traffic.listeners().isEmpty()) {
      text.line(1, "ingress: []");
      return;
    }
    text.line(1, "ingress:").line(2, "- ports:");
    for (Listener listener : new TreeSet<>(traffic.listeners())) {
      port(text, listener.protocol().toUpperCase(Locale.ROOT), listener.port());
    }
  }

  private static void egress(PolicyText text, AllowedTraffic traffic) {
    text.line(1, "egress:").line(2, "- to:").line(4, "- namespaceSelector: {}").line(3, "ports:");
    ports(text, AllowedTraffic.DNS);
    for (Destination destination : traffic.sorted()) {
      text.line(2, "- to:");
      switch (destination.kind()) {
        case PRIVATE -> {
          text.line(4, "- namespaceSelector: {}");
          PRIVATE_NETWORKS.forEach(network -> block(text, network, List.of()));
        }
        case PUBLIC -> new TreeMap<>(INTERNET).forEach((network, but) -> block(text, network, but));
        case NETWORK -> block(text, destination.text(), List.of());
        case NAMESPACE ->
            text.line(4, "- namespaceSelector:")
                .matchLabels(6, Map.of("kubernetes.io/metadata.name", destination.text()));
        case API_SERVER, NAME -> throw new IllegalStateException("not a network: " + destination);
      }
      if (destination.port() >= 0) {
        text.line(3, "ports:");
        ports(text, destination.port());
      }
    }
  }

  private static void block(PolicyText text, String network, List<String> but) {
    text.line(4, "- ipBlock:").line(6, "cidr: " + PolicyText.quoted(network));
    if (!but.isEmpty()) {
      text.list(6, "except", but);
    }
  }

  private static void ports(PolicyText text, int port) {
    port(text, "TCP", port);
    port(text, "UDP", port);
  }

  private static void port(PolicyText text, String protocol, int port) {
    boolean range = port == Entry.EPHEMERAL;
    text.line(4, "- protocol: " + protocol)
        .line(5, "port: " + (range ? Ephemeral.FIRST_EPHEMERAL_PORT : port));
    if (range) {
      text.line(5, "endPort: " + HIGHEST_PORT);
    }
  }
}
