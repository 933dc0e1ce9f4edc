package io.cattleguard.route.digest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.ScoredAlert;
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
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
    return new Digest(
        read(OWNERS),
        table,
        name -> Optional.ofNullable(secrets.get(name)),
        (address, json, now) -> {
          posted.add(address.getPath() + " " + json);
          return answer;
        });
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

    assertEquals(List.of(), digest.sendDue(NOON));
    digest.add(finding("Later"), NOON.plusSeconds(1));
    assertEquals(List.of(), digest.sendDue(NOON.plusSeconds(900)));

    assertEquals(1, posted.size(), posted::toString);
    assertTrue(posted.getFirst().startsWith("/shop {\"text\":\"2 findings"), posted::getFirst);
    assertTrue(posted.getFirst().contains("Root user (1)"), posted::getFirst);
    assertTrue(posted.getFirst().contains("No limits (1)"), posted::getFirst);

    digest.sendDue(NOON.plus(DAY));
    assertEquals(2, posted.size());
    assertTrue(posted.getLast().contains("1 finding for shop"), posted::getLast);
    digest.sendDue(NOON.plus(DAY).plus(DAY));
    assertEquals(2, posted.size(), "nothing waits");
  }

  @Test
  void beforeItsTimeNothingIsSent() {
    Digest digest = digest();
    digest.add(finding("Root user"), NOON);

    digest.sendDue(Instant.parse("2026-03-03T07:59:59Z"));
    assertEquals(List.of(), posted);
    digest.sendDue(Instant.parse("2026-03-03T08:00:00Z"));
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
    digest.sendDue(NOON);

    assertEquals(1, posted.size());
    assertTrue(posted.getFirst().startsWith("/payments "), posted::getFirst);
    assertTrue(posted.getFirst().contains("code: r main.tf"), posted::getFirst);
  }

  @Test
  void whatTheWebhookDidNotTakeIsSentLater() {
    Digest digest = digest();
    digest.add(finding("Root user"), NOON);
    answer = new Outcome.TryAgain(Duration.ofSeconds(9), "HTTP 503");
    assertEquals(List.of("the digest of shop waits: HTTP 503"), digest.sendDue(NOON));
    assertEquals(List.of(), digest.sendDue(NOON.plusSeconds(60)), "another host may be sending");

    answer = new Outcome.Delivered();
    assertEquals(List.of(), digest.sendDue(NOON.plusSeconds(900)));
    assertEquals(2, posted.size());
    assertTrue(posted.getLast().contains("Root user (1)"));
  }

  @Test
  void aMissingSettingIsNamedAndKeepsTheFindings() {
    Digest digest = digest();
    secrets.remove("SHOP_WEBHOOK");
    digest.add(finding("Root user"), NOON);

    assertEquals(
        List.of("the digest of shop waits: SHOP_WEBHOOK is not set"), digest.sendDue(NOON));
    secrets.put("SHOP_WEBHOOK", "https://hooks.example.com/shop");
    digest.sendDue(NOON.plusSeconds(900));
    assertEquals(1, posted.size());
  }

  @Test
  void aFindingThatCannotBeStoredIsNotHandled() {
    Digest digest = digest();
    table.away = true;

    assertThrows(Unavailable.class, () -> digest.add(finding("Root user"), NOON));
  }

  @Test
  void aSilencedFindingAndARuntimeAlertAreInNoDigest() {
    Digest digest = digest();
    digest.add(
        Notices.alert().of(AlertClass.CONFIGURATION).score(30).silenced().raw("{}").scored(), NOON);
    digest.add(Notices.alert().score(90).raw("{}").scored(), NOON);
    digest.sendDue(NOON);

    assertEquals(List.of(), posted);
  }

  @Test
  void manyFindingsAreBoundedAndCounted() {
    Digest digest = digest();
    for (int i = 0; i < 2_000; i++) {
      digest.add(finding("Control <!channel> " + i), NOON);
    }
    digest.sendDue(NOON);

    assertTrue(table.states.size() <= 70, () -> table.states.size() + " items");
    assertTrue(posted.getFirst().startsWith("/shop {\"text\":\"2000 findings for shop"));
    assertTrue(posted.getFirst().length() < 5_000, () -> posted.getFirst().length() + "");
    assertFalse(posted.getFirst().contains("<!channel>"));
    digest.sendDue(NOON.plus(DAY));
    assertEquals(1, posted.size(), "all of them are told");
  }

  @Test
  void aFindingWithAnOwnerIsToldToNobodyElseButMachines() {
    Owners owners = read(OWNERS);
    Router router = new Router(PolicyDirectory.shipped(), scored -> owners.of(scored).isPresent());

    assertEquals(
        List.of("siem"),
        router.route(finding("Root user")).stream().map(one -> one.destination()).toList());
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

  private static final class MapTable implements VersionedTable {
    private final Map<String, State> states = new HashMap<>();
    private boolean away;

    @Override
    public Optional<State> remembered(String key) {
      return Optional.empty();
    }

    @Override
    public Optional<State> read(String key) {
      return Optional.ofNullable(states.get(key));
    }

    @Override
    public List<State> readAll(Collection<String> keys) {
      return keys.stream().map(states::get).filter(state -> state != null).toList();
    }

    @Override
    public Optional<State> store(State next, long expectedVersion, Instant expires) {
      if (away) {
        throw new Unavailable("away");
      }
      State current = states.getOrDefault(next.key(), new State(next.key(), 0, ""));
      if (current.version() != expectedVersion) {
        return Optional.of(current);
      }
      states.put(next.key(), next);
      return Optional.empty();
    }

    @Override
    public void delete(String key) {
      states.remove(key);
    }

    @Override
    public List<State> scan(String prefix) {
      return states.values().stream().filter(state -> state.key().startsWith(prefix)).toList();
    }
  }
}
