package io.cattleguard.events;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class WorkloadNameTest {

  @ParameterizedTest(name = "{0} is of {1}")
  @CsvSource({
    "web-7c8d9f5b6d-x2x4k, web",
    "web-7c8d9f5b6d-vwxzb, web",
    "web-v2-bcdfghjklm-x2x4k, web-v2",
    "poolmgr-go-default-516098-5bdbf8c8f5-g8gvc, poolmgr-go-default-516098",
    "httpd-deployment-7c8d9e0f1a-q2w3e, httpd-deployment",
    "web-3367413968-x2x4k, web",
    "report-28400000-x2x4k, report",
    "falco-74htl, falco",
    "kube-proxy-bcdfg, kube-proxy",
    "db-0, db",
    "db-12, db",
    "web-cluster1-proxy, web-cluster1-proxy",
    "web-cluster1-x2x4k, web-cluster1",
    "web-server1-x2x4k, web-server1",
    "redis-cache, redis-cache",
    "my-queue, my-queue",
    "static-web, static-web",
    "test, test",
    "-x2x4k, -x2x4k",
    "kube-apiserver-node-a, kube-apiserver-node-a"
  })
  void aPodIsOfTheFamilyThatItsNameBegins(String pod, String family) {
    assertEquals(family, WorkloadName.ofPod(pod));
  }

  @Test
  void theOwnerComesFirstAndThenTheNarrowestThingNamed() {
    Target.Builder target = Target.builder();
    assertEquals("", WorkloadName.of(target.build()));
    assertEquals("node-a", WorkloadName.of(target.node("node-a").build()));
    assertEquals(
        "registry.example.com:5000/web",
        WorkloadName.of(target.image("registry.example.com:5000/web:1.4").build()));
    assertEquals("web", WorkloadName.of(target.containerName("web").build()));
    assertEquals("shop", WorkloadName.of(target.pod("shop-0").build()));
    assertEquals("Deployment/cart", WorkloadName.of(target.workload("Deployment/cart").build()));
  }

  @Test
  void aContainerWithoutANameIsNotItsNode() {
    assertEquals(
        "", WorkloadName.of(Target.builder().node("node-a").containerId("4f1c0ffee001").build()));
  }
}
