package io.cattleguard.sources.falco;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.sources.FalcoEvent;
import io.cattleguard.sources.Samples;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests branches of the parser for unusual events. */
final class FalcoConditionsTest {
  private static FalcoEvent event() {
    return new FalcoEvent("Any rule", "Notice");
  }

  @ParameterizedTest
  @CsvSource({
    "Falco internal: syscall event drop, syscall,  HEALTH",
    "Anything,                           internal, HEALTH",
    "Anything,                           syscall,  RUNTIME",
    "Anything,                           k8s_audit, AUDIT",
    "Test rule,                          internal, RUNTIME"
  })
  void theRuleOrTheSourceSaysThatFalcoReportsItself(
      String rule, String source, AlertClass expected) {
    Alert alert =
        Samples.alert(
            """
            {"rule":"%s","priority":"Debug","source":"%s","time":"2026-03-02T09:15:00Z",
             "output_fields":{}}
            """
                .formatted(rule, source));
    assertEquals(expected, alert.alertClass());
  }

  @ParameterizedTest
  @CsvSource({"65535, 65535", "65536, ", "99999, "})
  void aPortOfADescriptorIsOne(String port, Integer expected) {
    assertEquals(
        expected,
        event().field("fd.name", "10.0.0.7:51234->203.0.113.9:" + port).read().network().port());
  }

  @ParameterizedTest
  @CsvSource({
    "shop,  web-1, web-1",
    "other, web-1, web-1",
    "other, ,      ",
    "shop,  ,      web-1",
    ",      ,      web-1",
    "shop,  web-2, web-2"
  })
  void theKubeletsNameOfAContainerDoesNotMoveAPod(String namespace, String pod, String expected) {
    FalcoEvent event =
        event()
            .field("container.id", "3f1c2ab97d10")
            .field("container.name", "k8s_web_web-1_shop_0a1b_0");
    if (namespace != null) {
      event.field("k8s.ns.name", namespace);
    }
    if (pod != null) {
      event.field("k8s.pod.name", pod);
    }
    Alert alert = event.read();
    assertEquals(expected, alert.target().pod());
    assertEquals("web", alert.target().containerName());
    boolean isOther = "other".equals(namespace) || "web-2".equals(pod);
    assertEquals(isOther ? null : "0a1b", alert.target().podUid());
  }

  @Test
  void aShortNameIsNoIdAlthoughTheIdBeginsWithIt() {
    assertEquals(
        "3f1",
        event()
            .field("container.id", "3f1c2ab97d10")
            .field("container.name", "3f1")
            .read()
            .target()
            .containerName());
  }

  @ParameterizedTest
  @CsvSource({
    "k8s.statefulset.name, k8s.deployment.name",
    "k8s.deployment.name,  k8s.statefulset.name"
  })
  void aDeploymentIsTheOwnerInAnyOrder(String first, String second) {
    Alert alert =
        event().field("k8s.ns.name", "shop").field(first, "web").field(second, "web").read();
    assertEquals("Deployment/web", alert.target().workload());
  }

  @Test
  void whatALinkLeadsToIsTheFile() {
    Alert alert =
        event().field("fs.path.name", "/tmp/link").field("evt.arg.target", "/etc/shadow").read();
    assertEquals("/etc/shadow", alert.file());
  }

  @ParameterizedTest
  @CsvSource({"'(nginx)', nginx", "nginx, nginx", "'nginx,redis',", "'(nginx,redis)',", "'()',"})
  void theImagesOfARequestAreNoneUnlessThereIsOne(String images, String expected) {
    assertEquals(
        expected, event().field("ka.req.pod.containers.image", images).read().target().image());
  }

  @ParameterizedTest
  @CsvSource({
    "gcp.cloudsql.databaseid,          projects/p/x",
    "gcp.storage.bucket,               projects/p/x",
    "gcp.compute.instanceId,           projects/p/x",
    "gcp.cloudfunctions.function,      projects/p/x",
    "gcp.resourceName,                 projects/p/x",
    "gcp.other,                        projects/p"
  })
  void anObjectOfGoogleCloudIsNamedInItsProject(String field, String expected) {
    Alert alert = event().field("gcp.projectId", "p").field(field, "x").read();
    assertEquals(expected, alert.target().resource());
    assertEquals(AlertClass.RUNTIME, alert.alertClass());
  }

  @Test
  void aPluginNamesNoNode() {
    String audit =
        """
        {"rule":"r","priority":"Notice","source":"%s","hostname":"falco-plugins-0",
         "time":"2026-03-02T09:15:00Z","output_fields":{"ka.user.name":"u"}}
        """;
    assertNull(Samples.alert(audit.formatted("k8s_audit")).target().node());
    assertEquals("falco-plugins-0", Samples.alert(audit.formatted("syscall")).target().node());
  }
}
