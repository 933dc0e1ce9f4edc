package io.cattleguard.route.digest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Notices;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.PolicyDirectory;
import io.cattleguard.route.Router;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DigestTest {
  private static final Instant NOON = Instant.parse("2026-03-02T12:00:00Z");
  private static final Duration DAY = Duration.ofDays(1);
  private static final String OWNERS =
      """
      owners:
        - name: payments
          tags: { team: payments }
          url-from: PAYMENTS_WEBHOOK
        - name: shop
          when: { alert: { target: { namespace: [shop] } } }
          url-from: SHOP_WEBHOOK
      """;

  @TempDir private Path directory;
  private final Map<String, String> secrets = new HashMap<>();
  private final List<String> posted = new ArrayList<>();
  private final MapTable table = new MapTable();
  private final List<Outcome> answers = new ArrayList<>();
  private Outcome answer = new Outcome.Delivered();

  DigestTest() {
    secrets.put("PAYMENTS_WEBHOOK", "https://hooks.example.com/payments");
    secrets.put("SHOP_WEBHOOK", "https://hooks.example.com/shop");
  }

  private Owners read(String yaml) {
    try {
      Files.writeString(directory.resolve("owners.yaml"), yaml);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Owners.read(new PolicyFiles(directory));
  }

  private Digest digest() {
    return digest(OWNERS);
  }

  private Digest digest(String yaml) {
    return new Digest(
        read(yaml),
        table,
        name -> Optional.ofNullable(secrets.get(name)),
        (address, json, now) -> {
          posted.add(address.getPath() + " " + json);
          return answers.isEmpty() ? answer : answers.removeFirst();
        });
  }

  private static List<String> send(Digest digest, Instant now) {
    return digest.sendDue(now).troubles();
  }

  private static ScoredAlert finding(String rule) {
    return Notices.alert()
        .of(AlertClass.CONFIGURATION)
        .id(rule)
        .fingerprint("f-" + rule)
        .rule(rule)
        .score(30)
        .raw("{}")
        .scored();
  }

  private static ScoredAlert tagged(String raw) {
    return Notices.alert().of(AlertClass.VULNERABILITY).rule("CVE").score(30).raw(raw).scored();
  }

  @Test
  void anOwnerIsToldOfItsFindingsByControlOnceADay() {
    Digest digest = digest();
    digest.add(finding("Root user"), NOON);
    digest.add(finding("Root user"), NOON);
    digest.add(finding("No limits"), NOON);

    assertEquals(List.of(), send(digest, NOON));
    digest.add(finding("Later"), NOON.plusSeconds(1));
    assertEquals(List.of(), send(digest, NOON.plusSeconds(900)));

    assertEquals(1, posted.size(), posted::toString);
    assertTrue(posted.getFirst().startsWith("/shop {\"text\":\"2 findings"), posted::getFirst);
    assertTrue(posted.getFirst().contains("Root user (1)"), posted::getFirst);
    assertTrue(posted.getFirst().contains("No limits (1)"), posted::getFirst);

    send(digest, NOON.plus(DAY));
    assertEquals(2, posted.size());
    assertTrue(posted.getLast().contains("1 finding for shop"), posted::getLast);
    send(digest, NOON.plus(DAY).plus(DAY));
    assertEquals(2, posted.size(), "nothing waits");
  }

  @Test
  void beforeItsTimeNothingIsSent() {
    Digest digest = digest();
    digest.add(finding("Root user"), NOON);

    send(digest, Instant.parse("2026-03-03T07:59:59Z"));
    assertEquals(List.of(), posted);
    send(digest, Instant.parse("2026-03-03T08:00:00Z"));
    assertEquals(1, posted.size());
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "{\"Resources\":[{\"Tags\":{\"team\":\"payments\",\"git_repo\":\"r\",\"git_file\":\"main.tf\"}}]}",
        "{\"a\":[{\"tags\":[{\"key\":\"team\",\"value\":\"payments\"},{\"key\":\"code\",\"value\":\"r"
            + " main.tf\"}]}]}",
        "{\"a\":{\"Tags\":[{\"Key\":\"team\",\"Value\":\"payments\"},{\"Key\":\"code\",\"Value\":\"r"
            + " main.tf\"}]}}",
      })
  void aTagNamesTheOwnerAndTheCode(String raw) {
    Digest digest = digest();
    digest.add(tagged(raw), NOON);
    send(digest, NOON);

    assertEquals(1, posted.size());
    assertTrue(posted.getFirst().startsWith("/payments "), posted::getFirst);
    assertTrue(posted.getFirst().contains("code: r main.tf"), posted::getFirst);
  }

  @Test
  void whatTheWebhookDidNotTakeIsSentLater() {
    Digest digest = digest();
    digest.add(finding("Root user"), NOON);
    answer = new Outcome.TryAgain(Duration.ofSeconds(9), "HTTP 503");
    assertEquals(List.of("the digest of shop waits: HTTP 503"), send(digest, NOON));
    assertEquals(List.of(), send(digest, NOON.plusSeconds(60)), "another host may be sending");

    answer = new Outcome.Delivered();
    assertEquals(List.of(), send(digest, NOON.plusSeconds(900)));
    assertEquals(2, posted.size());
    assertTrue(posted.getLast().contains("Root user (1)"));
  }

  @Test
  void aMissingSettingIsNamedAndKeepsTheFindings() {
    Digest digest = digest();
    secrets.remove("SHOP_WEBHOOK");
    digest.add(finding("Root user"), NOON);

    assertEquals(List.of("the digest of shop waits: SHOP_WEBHOOK is not set"), send(digest, NOON));
    secrets.put("SHOP_WEBHOOK", "https://hooks.example.com/shop");
    send(digest, NOON.plusSeconds(900));
    assertEquals(1, posted.size());
  }

  @Test
  void aFindingThatCannotBeStoredIsNotHandled() {
    Digest digest = digest();
    table.goAway();

    assertThrows(Unavailable.class, () -> digest.add(finding("Root user"), NOON));
  }

  @Test
  void aSilencedFindingAndARuntimeAlertAreInNoDigest() {
    Digest digest = digest();
    digest.add(
        Notices.alert().of(AlertClass.CONFIGURATION).score(30).silenced().raw("{}").scored(), NOON);
    digest.add(Notices.alert().score(90).raw("{}").scored(), NOON);
    send(digest, NOON);

    assertEquals(List.of(), posted);
  }

  /** The findings of all messages, by their control, which each message names once. */
  private List<String> controls(String start) {
    return posted.stream()
        .flatMap(message -> Arrays.stream(message.split("\\\\n", -1)))
        .filter(line -> line.contains(start))
        .toList();
  }

  @Test
  void promise6AFindingAboveTheScoreOfItsSilenceIsInTheDigest() {
    Digest digest = digest();
    digest.add(
        Notices.alert()
            .of(AlertClass.CONFIGURATION)
            .rule("Root user")
            .score(30)
            .silencedBelow(30)
            .raw("{}")
            .scored(),
        NOON);
    send(digest, NOON);

    assertEquals(1, posted.size());
  }

  @Test
  void manyFindingsAreToldInBoundedMessagesOverDaysAndTheRestIsCounted() {
    Digest digest = digest();
    for (int i = 0; i < 2_000; i++) {
      digest.add(
          finding("Control <!channel> " + i + " of the baseline that the team agreed on"), NOON);
    }
    send(digest, NOON);

    assertTrue(table.size() <= 70, () -> table.size() + " items");
    assertEquals(5, posted.size());
    assertTrue(posted.getFirst().startsWith("/shop {\"text\":\"2000 findings for shop"));
    for (String message : posted) {
      assertTrue(message.length() < 5_000, () -> message.length() + "");
      assertFalse(message.contains("<!channel>"));
    }
    assertTrue(posted.getLast().contains("in the next digest"), posted::getLast);
    Matcher counted =
        Pattern.compile("([0-9]+) findings were counted only; the SIEM has all")
            .matcher(posted.getLast());
    assertTrue(counted.find(), posted::getLast);
    int kept = 2_000 - Integer.parseInt(counted.group(1));
    assertTrue(kept > 400 && kept <= 512, () -> kept + " kept");
    assertEquals(List.of(), send(digest, NOON.plusSeconds(900)), "enough for a day");
    assertEquals(5, posted.size());

    for (int day = 1; day < 10; day++) {
      send(digest, NOON.plus(DAY.multipliedBy(day)));
    }
    assertEquals(kept, controls("Control ").size(), "each that is kept is told");
    assertEquals(kept, controls("Control ").stream().distinct().count(), "and told once");
  }

  private static ScoredAlert critical(String rule, String code) {
    return Notices.alert()
        .of(AlertClass.CONFIGURATION)
        .id(rule)
        .fingerprint("f-" + rule)
        .rule(rule)
        .severity(Severity.CRITICAL)
        .score(30)
        .raw("{\"a\":[{\"Tags\":{\"code\":\"" + code + "\"}}]}")
        .scored();
  }

  @Test
  void promise6HostileTagsHideNoFinding() {
    Digest digest = digest();
    for (int i = 0; i < 5; i++) {
      digest.add(critical("Hostile " + i, "&".repeat(200)), NOON);
    }
    for (int i = 0; i < 6; i++) {
      digest.add(finding("Other " + i), NOON);
    }
    send(digest, NOON);

    assertEquals(5, controls("Hostile ").size(), posted::toString);
    assertEquals(6, controls("Other ").size(), posted::toString);
    assertTrue(posted.getFirst().contains("[critical] Hostile"), posted::toString);
    for (String message : posted) {
      assertFalse(message.matches(".*&(?!amp;|lt;|gt;).*"), message);
      assertTrue(message.length() < 5_000, message);
    }
  }

  @Test
  void promise6ALongParagraphLeavesRoomForOthersAndItsPlacesAreCounted() {
    Digest digest = digest();
    for (int i = 0; i < 5; i++) {
      digest.add(
          Notices.alert()
              .of(AlertClass.CONFIGURATION)
              .id("i" + i)
              .fingerprint("f" + i)
              .rule("One control <" + ">".repeat(300))
              .severity(Severity.CRITICAL)
              .score(30)
              .raw("{\"Tags\":{\"code\":\"" + i + "<".repeat(300) + "\"}}")
              .scored(),
          NOON);
    }
    digest.add(finding("Other"), NOON);
    send(digest, NOON);

    assertEquals(1, posted.size());
    assertTrue(posted.getFirst().contains("(5)"), posted::getFirst);
    assertTrue(posted.getFirst().matches(".* and [1-4] more.*"), posted::getFirst);
    assertEquals(1, controls("Other (1)").size());
    assertTrue(posted.getFirst().length() < 1_500, posted::getFirst);
  }

  @Test
  void aFindingThatNoMessageShowedIsKept() {
    Digest digest = digest();
    for (int i = 0; i < 90; i++) {
      digest.add(finding("Control " + i + " " + "&".repeat(100)), NOON);
    }
    answers.add(new Outcome.Delivered());
    answers.add(new Outcome.TryAgain(Duration.ofSeconds(1), "HTTP 429"));

    assertEquals(List.of("the digest of shop waits: HTTP 429"), send(digest, NOON));
    posted.removeLast(); // refused
    for (int i = 1; i < 9; i++) {
      send(digest, NOON.plus(Duration.ofMinutes(15L * i)));
    }
    send(digest, NOON.plus(DAY));

    assertEquals(90, controls("Control ").size());
    assertEquals(90, controls("Control ").stream().distinct().count());
  }

  @Test
  void graveFindingsAreKeptRatherThanThoseThatCameFirst() {
    Digest digest = digest();
    for (int i = 0; i < 2_000; i++) {
      digest.add(
          Notices.alert()
              .of(AlertClass.VULNERABILITY)
              .fingerprint("f" + i)
              .rule("Flood")
              .severity(Severity.LOW)
              .score(10)
              .raw("{}")
              .scored(),
          NOON);
    }
    for (int i = 0; i < 40; i++) {
      digest.add(critical("Public bucket " + i, "r"), NOON);
    }
    send(digest, NOON);

    assertEquals(40, controls("[critical] Public bucket").size());
  }

  @Test
  void aFailingOwnerDelaysNoOtherAndIsCountedUntilItIsTold() {
    Digest digest = digest();
    digest.add(tagged("{\"Tags\":{\"team\":\"payments\"}}"), NOON);
    digest.add(finding("Root user"), NOON);
    table.damage("digest-sent/payments");

    Digest.Report report = digest.sendDue(NOON);
    assertEquals(1, posted.size());
    assertTrue(posted.getFirst().startsWith("/shop "), posted::getFirst);
    assertEquals(List.of("the digest of payments waits: away"), report.troubles());
    assertEquals(1, report.waiting());

    table.damage("");
    assertEquals(
        new Digest.Report(List.of(), 0, Duration.ZERO), digest.sendDue(NOON.plusSeconds(900)));
    assertEquals(2, posted.size());
  }

  @Test
  void promise6TheAgeOfAWaitingDigestIsKnownOverMidnightAndARestart() {
    Digest digest = digest();
    digest.add(finding("Root user"), NOON);
    answer = new Outcome.Rejected("HTTP 404");

    assertEquals(
        new Digest.Report(List.of("the digest of shop waits: HTTP 404"), 1, Duration.ZERO),
        digest.sendDue(NOON));
    Instant night = Instant.parse("2026-03-03T02:00:00Z");
    assertEquals(new Digest.Report(List.of(), 1, Duration.ofHours(14)), digest().sendDue(night));
    digest().sendDue(NOON.plus(DAY));
    assertEquals(Duration.ofHours(25), digest().sendDue(NOON.plus(DAY).plusSeconds(3_600)).age());

    answer = new Outcome.Delivered();
    assertEquals(
        new Digest.Report(List.of(), 0, Duration.ZERO),
        digest().sendDue(NOON.plus(DAY).plusSeconds(7_200)));
  }

  @Test
  void promise1FindingsOfAnOwnerThatThePolicyLosesAreKeptAndReported() {
    digest().add(finding("Root user"), NOON);
    Digest renamed = digest(OWNERS.replace("name: shop", "name: store"));
    renamed.add(finding("No limits"), NOON);

    assertEquals(
        new Digest.Report(
            List.of(
                "1 finding waits for owner shop, which owners.yaml does not have; add it again"),
            1,
            Duration.ZERO),
        renamed.sendDue(NOON));
    assertEquals(1, posted.size());

    assertEquals(new Digest.Report(List.of(), 0, Duration.ZERO), digest().sendDue(NOON));
    assertTrue(posted.getLast().contains("Root user (1)"), posted::getLast);
    assertEquals(List.of(), send(renamed, NOON.plus(DAY)));
  }

  @Test
  void promise6WithoutAUsableWebhookPeopleAreToldAtOnce() {
    Owners owners = read(OWNERS);
    Router router =
        new Router(
            PolicyDirectory.shipped(),
            owners.digested(name -> Optional.ofNullable(secrets.get(name))));
    ScoredAlert grave = critical("Public bucket", "r");
    assertEquals(List.of("siem"), destinations(router.route(grave)));

    secrets.put("SHOP_WEBHOOK", "http://hooks.example.com/shop");
    assertEquals(List.of("siem", "developers-channel"), destinations(router.route(grave)));
    secrets.remove("SHOP_WEBHOOK");
    assertEquals(List.of("siem", "developers-channel"), destinations(router.route(grave)));
  }

  private static List<String> destinations(List<Delivery> deliveries) {
    return deliveries.stream().map(Delivery::destination).toList();
  }

  @Test
  void aFindingWithAnOwnerIsToldToNobodyElseButMachines() {
    Owners owners = read(OWNERS);
    Router router =
        new Router(
            PolicyDirectory.shipped(),
            owners.digested(name -> Optional.ofNullable(secrets.get(name))));

    assertEquals(List.of("siem"), destinations(router.route(finding("Root user"))));
    assertTrue(
        router.route(Notices.alert().score(90).scored()).stream()
            .anyMatch(one -> one.destination().equals("security-channel")));
  }

  @ParameterizedTest(name = "{0} -> {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "url-from: SHOP_WEBHOOK | url-from: https://x | 7: 'url-from' names the environment"
            + " variable",
        "name: shop             | name: payments      | 5: an owner named 'payments' exists"
            + " already",
        "name: shop             | name: Shop          | 5: a name has at most 63 characters",
        "tags:                  | tag:                | 3: unknown key 'tag'",
      })
  void whatIsWrongIsNamedWithItsLine(String right, String wrong, String error) {
    PolicyException exception =
        assertThrows(PolicyException.class, () -> read(OWNERS.replace(right, wrong)));

    assertTrue(
        String.valueOf(exception.getMessage()).startsWith("owners.yaml:" + error),
        exception::getMessage);
  }
}
