package io.cattleguard.respond.kubernetes.fabric8;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.ContractFiles;
import io.cattleguard.respond.kubernetes.actions.Grants;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class Fabric8AccessTest {

  @Test
  void theManifestGrantsWhatIsNeededAndNothingElse() throws IOException {
    List<String> needed =
        Grants.needed().stream()
            .map(grant -> grant.group() + "/" + grant.resource() + " " + grant.verb())
            .distinct()
            .sorted()
            .toList();

    assertEquals(needed, Rbac.ofActions().stream().sorted().toList());
  }

  @Test
  void noWildcardAndNoDangerousVerbIsEverGranted() throws IOException {
    String manifest = Files.readString(ContractFiles.root().resolve("infra/kubernetes/rbac.yaml"));
    for (String never : new String[] {"*", "secrets]", "pods/exec", "escalate]", "impersonate"}) {
      assertTrue(!withoutComments(manifest).contains(never), never);
    }
  }

  private static String withoutComments(String manifest) {
    List<String> lines = new ArrayList<>();
    manifest.lines().filter(line -> !line.strip().startsWith("#")).forEach(lines::add);
    return String.join("\n", lines);
  }
}
