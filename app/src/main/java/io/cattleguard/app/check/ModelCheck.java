package io.cattleguard.app.check;

import io.cattleguard.edge.cidr.Cidr;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.text.ClosestWord;
import io.cattleguard.models.Deviations;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Finds entries of a model that no behaviour has, because a person wrote them in another form. */
final class ModelCheck {
  private static final int LONGEST = 60;
  private static final List<String> KINDS =
      List.of(
          "Deployment",
          "StatefulSet",
          "DaemonSet",
          "ReplicaSet",
          "ReplicationController",
          "Job",
          "CronJob",
          "Pod",
          "Node",
          "Container");

  /** Classes of addresses; people accept the second one for clients of the internet. */
  private static final Set<String> CLASSES = Set.of("private", Deviations.PUBLIC);

  private static final Pattern NAMESPACE = Pattern.compile("([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)?");
  private static final Pattern PROTOCOL = Pattern.compile("[a-z0-9]{2,8}");
  private static final Pattern SERVICE = Pattern.compile("[^/]+/[^/]+");
  private static final Pattern NAME = Pattern.compile("[^A-Z]*[^A-Z.]");

  private static final Pattern PATH = Pattern.compile("/.*");

  private final Findings found;

  private ModelCheck(Findings found) {
    this.found = found;
  }

  static void of(PolicyNode file, Findings found) {
    ModelCheck check = new ModelCheck(found);
    PolicyNode.Mapping top = file.anyMapping();
    PolicyNode.Mapping workload = top.required("workload").anyMapping();
    check.form(workload.required("namespace"), NAMESPACE, "a namespace in lower case");
    check.kind(workload.required("kind"));
    entries(top, "listeners")
        .forEach(one -> check.form(one.required("protocol"), PROTOCOL, "a protocol such as tcp"));
    entries(top, "files")
        .forEach(one -> check.form(one.required("path"), PATH, "a path from / on"));
    entries(top, "peers").forEach(check::peer);
  }

  private static Stream<PolicyNode.Mapping> entries(PolicyNode.Mapping top, String key) {
    return top.optional(key).stream()
        .flatMap(list -> list.items().stream())
        .map(PolicyNode::anyMapping);
  }

  private void peer(PolicyNode.Mapping peer) {
    peer.optional("dns")
        .ifPresent(name -> form(name, NAME, "a name in lower case, without a dot at its end"));
    peer.optional("service")
        .ifPresent(name -> form(name, SERVICE, "a service with its namespace, such as shop/db"));
    peer.optional("network").ifPresent(this::network);
  }

  private void network(PolicyNode node) {
    String text = node.text();
    if (!CLASSES.contains(text)) {
      boolean isNetwork = Cidr.parse(text).isPresent();
      HostBits.in(text).ifPresent(message -> found.error(node, message));
      if (!isNetwork) {
        wrong(node, "private, public or a network such as 203.0.113.0/24");
      }
    }
  }

  /** An operator's own kind may resemble a known one. */
  private void kind(PolicyNode node) {
    String hint = KINDS.contains(node.text()) ? "" : ClosestWord.hint(node.text(), KINDS);
    if (!hint.isEmpty()) {
      found.warn(
          node,
          "no usual kind of workload is '"
              + HostileText.visible(node.text(), LONGEST)
              + "'"
              + hint);
    }
  }

  private void form(PolicyNode node, Pattern form, String expected) {
    if (!form.matcher(node.text()).matches()) {
      wrong(node, expected);
    }
  }

  private void wrong(PolicyNode node, String expected) {
    found.error(
        node,
        "no behaviour matches: expected "
            + expected
            + ", found '"
            + HostileText.visible(node.text(), LONGEST)
            + "'");
  }
}
