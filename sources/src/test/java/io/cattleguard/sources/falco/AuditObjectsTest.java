package io.cattleguard.sources.falco;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.TargetKey;
import io.cattleguard.sources.FalcoEvent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests the objects of audit alerts, which people read and which distinguish problems. */
final class AuditObjectsTest {
  private static Alert alert(String source, String fields) {
    FalcoEvent event =
        new FalcoEvent("Any rule", "Warning").source(source).hostname("falco-plugins-0");
    for (String field : fields.split(" ", -1)) {
      String[] parts = field.split("=", 2);
      event.field(parts[0], parts[1]);
    }
    return event.read();
  }

  @ParameterizedTest(name = "{0}: {1} and {2}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          k8s_audit      | ka.target.name=helm     | ka.target.name=backdoor | ka.user.name=ci ka.target.resource=clusterrolebindings ka.req.binding.role=cluster-admin | clusterrolebindings/helm to cluster-admin
          k8s_audit      | ka.target.name=a        | ka.target.name=b        | ka.user.name=ci ka.target.resource=secrets ka.target.namespace=shop                      | secrets/a
          k8s_audit      | ka.resp.name=a          | ka.resp.name=b          | ka.user.name=ci ka.target.resource=configmaps ka.target.name=<NA>                        | configmaps/a
          k8s_audit      | ka.target.name=worker-1 | ka.target.name=worker-2 | ka.user.name=ci ka.target.resource=nodes                                                 | nodes/worker-1
          aws_cloudtrail | s3.bucket=logs          | s3.bucket=customers     | ct.user=ops ct.srcip=198.51.100.7 ct.region=eu-central-1                                  | logs
          aws_cloudtrail | ct.request.username=a   | ct.request.username=b   | ct.user=ops                                                                              | a
          aws_cloudtrail | ct.request.name=trail-a | ct.request.name=trail-b | ct.user=ops                                                                              | trail-a
          aws_cloudtrail | ct.request.servicename=a | ct.request.servicename=b | ct.user=ops ct.request.cluster=blue                                                    | blue/a
          github         | github.repo=shop        | github.repo=wiki        | github.user=jdoe github.owner=example                                                    | example/shop
          github         | github.repo.name=shop   | github.repo.name=wiki   | github.user=jdoe github.org=<NA>                                                         | shop
          github         | github.collaborator.name=a | github.collaborator.name=b | github.user=jdoe github.repo=https://github.com/example/shop github.owner=example | https://github.com/example/shop/a
          okta           | okta.target.user.name=a | okta.target.user.name=b | okta.actor.name=admin                                                                    | a
          okta           | okta.app=wiki           | okta.app=crm            | okta.actor.name=admin                                                                    | wiki
          gcp_auditlog   | gcp.resourceName=projects/_/buckets/a | gcp.resourceName=projects/_/buckets/b | gcp.user=operator gcp.projectId=proj-1                    | projects/_/buckets/a
          gcp_auditlog   | gcp.storage.bucket=a    | gcp.storage.bucket=b    | gcp.user=operator gcp.projectId=proj-1                                                       | projects/proj-1/a
          gcp_auditlog   | gcp.projectId=a         | gcp.projectId=b         | gcp.user=operator                                                                            | projects/a
          """)
  void twoObjectsAreTwoProblemsAndPeopleReadWhich(
      String source, String one, String other, String same, String resource) {
    Alert first = alert(source, same + " " + one);
    Alert second = alert(source, same + " " + other);

    assertEquals(AlertClass.AUDIT, first.alertClass());
    assertEquals(resource, first.target().resource());
    assertNotEquals(Fingerprint.of(first), Fingerprint.of(second));
    assertNotEquals(TargetKey.of(first), TargetKey.of(second));
    assertEquals(Fingerprint.of(first), Fingerprint.of(alert(source, same + " " + one)));
  }

  @Test
  void theHostThatReadsTheLogIsNotTheNodeOfTheEvent() {
    assertNull(alert("aws_cloudtrail", "ct.user=ops s3.bucket=logs").target().node());
  }

  @Test
  void aPodOrWorkloadHasItsOwnField() {
    String pod =
        "ka.user.name=ci ka.target.resource=pods ka.target.namespace=shop ka.target.name=web-1";
    assertNull(alert("k8s_audit", pod).target().resource());
    assertEquals("web-1", alert("k8s_audit", pod).target().pod());
    String deployment = "ka.user.name=ci ka.target.resource=deployments ka.target.name=web";
    assertNull(alert("k8s_audit", deployment).target().resource());
    assertEquals("Deployment/web", alert("k8s_audit", deployment).target().workload());
  }

  @Test
  void theCommandOfAnExecIsItsProcess() {
    String exec =
        "ka.user.name=ci ka.target.resource=pods ka.target.name=web-1 ka.uri.param[command]=";
    Alert shell = alert("k8s_audit", exec + "/bin/sh");
    assertEquals("sh", shell.process().name());
    assertEquals("/bin/sh", shell.process().commandLine());
    assertNotEquals(Fingerprint.of(shell), Fingerprint.of(alert("k8s_audit", exec + "cat")));
  }

  @Test
  void aCallerWithoutNameIsNamedByItsArn() {
    Alert root = alert("aws_cloudtrail", "ct.user=<NA> ct.user.arn=arn:aws:iam::111122223333:root");
    assertEquals("arn:aws:iam::111122223333:root", root.target().principal());
  }
}
