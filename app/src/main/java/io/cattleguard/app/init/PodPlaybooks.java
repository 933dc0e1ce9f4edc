package io.cattleguard.app.init;

import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.kubernetes.actions.CordonNode;
import io.cattleguard.respond.kubernetes.actions.KubernetesScope;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Which playbooks act on pods, so that a namespace can decide their mode. */
final class PodPlaybooks {
  private PodPlaybooks() {}

  /** Whether it acts on pods, by the playbook's path in the policy directory. */
  static Map<String, Boolean> of(Path policy, Collection<String> paths) {
    Map<String, Playbook> playbooks =
        Playbooks.read(new PolicyFiles(policy)).all().stream()
            .collect(Collectors.toMap(Playbook::name, one -> one));
    Map<String, Boolean> onPods = new TreeMap<>();
    for (String path : paths) {
      if (path.startsWith(Playbooks.FOLDER + "/")) {
        String name = path.substring(path.lastIndexOf('/') + 1).replaceFirst("\\.yaml$", "");
        Playbook playbook = playbooks.get(name);
        if (playbook == null) {
          throw new IllegalStateException(path + " has no playbook of this name");
        }
        onPods.put(path, playbook.steps().stream().anyMatch(PodPlaybooks::isOnPods));
      }
    }
    return onPods;
  }

  private static boolean isOnPods(Action<?, ?> step) {
    return step.place().equals(KubernetesScope.class) && !(step instanceof CordonNode);
  }
}
