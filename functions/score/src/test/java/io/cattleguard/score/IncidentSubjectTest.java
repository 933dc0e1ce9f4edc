package io.cattleguard.score;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.AlertClass;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.TestAlerts;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class IncidentSubjectTest {
  private static final String EKS = "arn:aws:eks:eu-central-1:111122223333:cluster/blue";

  private static Target.Builder in(String namespace) {
    return Target.builder().cluster("blue").node("node-a").namespace(namespace);
  }

  private static Target.Builder aws() {
    return Target.builder().account("111122223333").region("eu-central-1");
  }

  private static List<String> keys(Target target, String... related) {
    return keys(target, Set.of(), related);
  }

  private static List<String> keys(Target target, Set<String> accounts, String... related) {
    return IncidentSubject.of(
            TestAlerts.alert("a", "r", Severity.HIGH)
                .target(target)
                .build()
                .withRelated(List.of(related)),
            accounts)
        .stream()
        .map(IncidentSubject::key)
        .toList();
  }

  static Stream<Arguments> targets() {
    return Stream.of(
        Arguments.of("a pod", in("shop").pod("web-7c8d9f5b6d-x2x4k"), "blue/shop/web"),
        Arguments.of("its Deployment", in("shop").workload("Deployment/web"), "blue/shop/web"),
        Arguments.of(
            "its ReplicaSet", in("shop").workload("ReplicaSet/web-7c8d9f5b6d"), "blue/shop/web"),
        Arguments.of(
            "a finding of the cloud about the same workload",
            aws().namespace("shop").workload("Deployment/web").resource(EKS),
            "blue/shop/web"),
        Arguments.of(
            "also if the finding names the instance",
            aws().namespace("shop").pod("web-1").instance("i-0abc").resource(EKS),
            "blue/shop/web"),
        Arguments.of(
            "a Job of a CronJob", in("shop").workload("Job/report-28400000"), "blue/shop/report"),
        Arguments.of("the CronJob", in("shop").workload("CronJob/report"), "blue/shop/report"),
        Arguments.of("a StatefulSet's pod", in("shop").pod("db-0"), "blue/shop/db"),
        Arguments.of("another namespace", in("pay").pod("web-7c8d9f5b6d-x2x4k"), "blue/pay/web"),
        Arguments.of(
            "a caller who opens a shell in a pod",
            in("shop").pod("web-7c8d9f5b6d-x2x4k").principal("alice"),
            "blue/shop/web"),
        Arguments.of(
            "a container outside of Kubernetes",
            Target.builder().node("n").containerName("web"),
            "//web"),
        Arguments.of("a node", Target.builder().cluster("blue").node("node-a"), "node#blue/node-a"),
        Arguments.of(
            "a node that claims to be an instance",
            Target.builder().cluster("blue").node("i-0123456789abcdef0"),
            "node#blue/i-0123456789abcdef0"),
        Arguments.of(
            "an instance that an event of a cluster claims",
            aws().cluster("blue").node("node-a").instance("i-0123456789abcdef0"),
            "node#blue/i-0123456789abcdef0"),
        Arguments.of(
            "an instance that an event without an account claims",
            Target.builder().instance("i-0123456789abcdef0"),
            "node#/i-0123456789abcdef0"),
        Arguments.of(
            "a cluster of the same name in another account",
            Target.builder()
                .account("111122223333")
                .namespace("shop")
                .workload("Deployment/web")
                .resource("arn:aws:eks:eu-central-1:999900001111:cluster/blue"),
            "arn:aws:eks:eu-central-1:999900001111:cluster/blue/shop/web"),
        Arguments.of(
            "a cluster's name that is no name",
            aws().namespace("shop").workload("Deployment/web").resource(EKS + "/pay"),
            "111122223333/shop/web"),
        Arguments.of(
            "a federated user, whose name its caller chose",
            aws().principal("arn:aws:sts::111122223333:federated-user/deploy"),
            "principal#111122223333/federated-user/deploy"),
        Arguments.of(
            "the root user",
            aws().principal("arn:aws:iam::111122223333:root"),
            "principal#111122223333/root"),
        Arguments.of(
            "an instance",
            aws().instance("i-0123456789abcdef0").securityGroup("sg-1"),
            "instance#i-0123456789abcdef0"),
        Arguments.of("a user", aws().principal("alice"), "principal#111122223333/alice"),
        Arguments.of(
            "a user by ARN",
            aws().principal("arn:aws:iam::111122223333:user/ops/alice"),
            "principal#111122223333/alice"),
        Arguments.of(
            "a session of a role",
            aws().principal("arn:aws:sts::111122223333:assumed-role/deploy/session-7"),
            "principal#111122223333/deploy"),
        Arguments.of(
            "its role",
            aws().principal("arn:aws:iam::111122223333:role/ci/deploy"),
            "principal#111122223333/deploy"),
        Arguments.of(
            "a service account",
            in("shop")
                .node(null)
                .resource("secrets/db")
                .principal("system:serviceaccount:shop:web"),
            "principal#blue/system:serviceaccount:shop:web"),
        Arguments.of(
            "a caller of the cluster whom the cloud names",
            aws().principal("system:serviceaccount:shop:web").resource(EKS),
            "principal#blue/system:serviceaccount:shop:web"),
        Arguments.of(
            "a caller who is nobody",
            in("shop").principal("system:anonymous").resource("secrets/db"),
            "resource#blue/shop/secrets/db"),
        Arguments.of(
            "a bucket",
            aws().resource("arn:aws:s3:::backups"),
            "resource#111122223333//arn:aws:s3:::backups"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("targets")
  void oneObjectHasOneKeyWhateverNamesIt(String what, Target.Builder target, String key) {
    assertEquals(List.of(key), keys(target.build()));
  }

  @Test
  void withAccountsOnlyTheirFindingsJoinAClusterOfOurs() {
    Target ours = aws().namespace("shop").workload("Deployment/web").resource(EKS).build();
    String foreign = "arn:aws:eks:eu-central-1:999900001111:cluster/blue";
    Target theirs = ours.toBuilder().account("999900001111").resource(foreign).build();
    Set<String> accounts = Set.of("111122223333");

    assertEquals(List.of("blue/shop/web"), keys(ours, accounts));
    assertEquals(List.of(foreign + "/shop/web"), keys(theirs, accounts));
    assertEquals(
        List.of("blue/shop/web"), keys(theirs, Set.of()), "the residual risk without the setting");
  }

  @Test
  void anAlertThatNamesNothingHasNoSubject() {
    assertEquals(List.of(), keys(Target.builder().cluster("blue").namespace("shop").build()));
    assertEquals(List.of(), keys(Target.builder().node("n").containerId("0123456789ab").build()));
  }

  @Test
  void anAlertThatSpansObjectsHasEachOfThemOnce() {
    assertEquals(
        List.of(
            "blue/shop/web",
            "instance#i-0123456789abcdef0",
            "principal#blue/alice",
            "blue/pay/api"),
        keys(
            aws()
                .namespace("shop")
                .workload("Deployment/web")
                .instance("i-0123456789abcdef0")
                .resource(EKS)
                .build(),
            "instance/i-0123456789abcdef0",
            "principal/alice",
            "principal/ANONYMOUS_PRINCIPAL",
            "workload/pay/ReplicaSet/api-7c8d9f5b6d",
            "workload/shop/Pod/web-7c8d9f5b6d-x2x4k",
            "bucket/x",
            "nonsense",
            "instance/"));
  }

  @ParameterizedTest
  @EnumSource(
      value = AlertClass.class,
      names = {"CONFIGURATION", "VULNERABILITY", "HEALTH"})
  void whatIsNoPartOfAnAttackHasNoSubject(AlertClass alertClass) {
    assertEquals(
        List.of(),
        IncidentSubject.of(
            TestAlerts.alert("a", "r", Severity.HIGH).alertClass(alertClass).build(), Set.of()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"replayed", "sample"})
  void neitherHasAnAlertThatIsNotReal(String trait) {
    assertEquals(
        List.of(),
        IncidentSubject.of(
            TestAlerts.alert("a", "r", Severity.HIGH).traits(List.of(trait)).build(), Set.of()));
  }

  @Test
  void aHostileNameIsBoundedAndVisible() {
    IncidentSubject subject =
        IncidentSubject.of(
                TestAlerts.alert("a", "r", Severity.HIGH)
                    .target(in("shop").workload("Deployment/\u202e" + "x".repeat(4_000)).build())
                    .build(),
                Set.of())
            .getFirst();

    assertTrue(subject.key().length() < 1_000, subject.key());
    assertTrue(subject.words().length() <= 210, subject.words());
    assertTrue(subject.words().contains("\\u202e"), subject.words());
  }
}
