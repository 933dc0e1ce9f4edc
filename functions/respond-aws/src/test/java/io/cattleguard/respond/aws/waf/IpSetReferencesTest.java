package io.cattleguard.respond.aws.waf;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cattleguard.respond.aws.blocklist.Blocklists.Uses;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.services.wafv2.model.FirewallManagerRuleGroup;
import software.amazon.awssdk.services.wafv2.model.Label;
import software.amazon.awssdk.services.wafv2.model.OverrideAction;
import software.amazon.awssdk.services.wafv2.model.Rule;
import software.amazon.awssdk.services.wafv2.model.RuleAction;
import software.amazon.awssdk.services.wafv2.model.RuleActionOverride;
import software.amazon.awssdk.services.wafv2.model.Statement;
import software.amazon.awssdk.services.wafv2.model.WebACL;

final class IpSetReferencesTest {
  private static final String OURS = "arn:of-ours";
  private static final RuleAction BLOCK = RuleAction.builder().block(one -> {}).build();
  private static final RuleAction ALLOW = RuleAction.builder().allow(one -> {}).build();
  private static final RuleAction COUNT = RuleAction.builder().count(one -> {}).build();
  private static final Statement SET = set(OURS);
  private static final Statement OTHER = set("arn:of-another");

  private static Statement set(String arn) {
    return Statement.builder().ipSetReferenceStatement(one -> one.arn(arn)).build();
  }

  private static Statement not(Statement of) {
    return Statement.builder().notStatement(one -> one.statement(of)).build();
  }

  private static Statement and(Statement... of) {
    return Statement.builder().andStatement(one -> one.statements(of)).build();
  }

  private static Statement or(Statement... of) {
    return Statement.builder().orStatement(one -> one.statements(of)).build();
  }

  /** A row: a sentence, the statement, the action, and the effect of an entry in the set. */
  static Stream<Arguments> rules() {
    Statement rate =
        Statement.builder().rateBasedStatement(one -> one.scopeDownStatement(not(SET))).build();
    Statement managed =
        Statement.builder()
            .managedRuleGroupStatement(one -> one.scopeDownStatement(not(SET)))
            .build();
    Statement header =
        Statement.builder()
            .ipSetReferenceStatement(
                one ->
                    one.arn(OURS)
                        .ipSetForwardedIPConfig(config -> config.headerName("X-Forwarded-For")))
            .build();
    return Stream.of(
        Arguments.of("the set is blocked", SET, BLOCK, "blocks"),
        Arguments.of("the set or another one is blocked", or(OTHER, SET), BLOCK, "blocks"),
        Arguments.of("the set is blocked on some paths", and(OTHER, SET), BLOCK, ""),
        Arguments.of("the set is counted", SET, COUNT, ""),
        Arguments.of("a header is compared with the set", header, BLOCK, ""),
        Arguments.of("another set is blocked", OTHER, BLOCK, ""),
        Arguments.of("the set is allowed", SET, ALLOW, "lets in"),
        Arguments.of("the set is allowed on some paths", and(OTHER, SET), ALLOW, "lets in"),
        Arguments.of("everyone else is blocked", not(SET), BLOCK, "lets in"),
        Arguments.of("everyone else is counted", not(SET), COUNT, "lets in"),
        Arguments.of("everyone else is allowed", not(SET), ALLOW, ""),
        Arguments.of("twice negated", not(not(SET)), ALLOW, "lets in"),
        Arguments.of("exempt from a rate limit", rate, BLOCK, "lets in"),
        Arguments.of("exempt from a group of rules", managed, null, "lets in"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rules")
  void anEntryBlocksOrLetsIn(
      String sentence, Statement statement, RuleAction action, String expected) {
    IpSetReferences references = new IpSetReferences(OURS, other -> Match.MAYBE);
    references.read(
        shop(Rule.builder().name("one").statement(statement).action(action).build()),
        () -> Match.YES);

    List<String> one = List.of("rule one of web ACL shop");
    assertEquals(expected.equals("blocks") ? one : List.of(), references.uses().blocking());
    assertEquals(expected.equals("lets in") ? one : List.of(), references.uses().allowing());
  }

  /** A later rule may allow requests with the label. */
  @ParameterizedTest(name = "{0} {1}")
  @CsvSource({"count, true", "allow, true", "block, false"})
  void aRuleThatLabelsWhatIsInTheSetLetsItIn(String action, boolean letsIn) {
    IpSetReferences references = new IpSetReferences(OURS, other -> Match.NO);
    references.read(
        shop(
            Rule.builder()
                .name("one")
                .statement(SET)
                .action(action.equals("count") ? COUNT : action.equals("allow") ? ALLOW : BLOCK)
                .ruleLabels(Label.builder().name("office").build())
                .build()),
        () -> Match.YES);

    assertEquals(letsIn, !references.uses().allowing().isEmpty());
  }

  private static WebACL shop(Rule... rules) {
    return WebACL.builder().name("shop").rules(rules).build();
  }

  private static Rule rule(String name, int priority, Statement statement, RuleAction action) {
    return Rule.builder().name(name).priority(priority).statement(statement).action(action).build();
  }

  private static Rule ours(int priority) {
    return rule("ours", priority, SET, BLOCK);
  }

  private static Rule group(Statement statement, OverrideAction override) {
    return Rule.builder()
        .name("common")
        .priority(1)
        .statement(statement)
        .overrideAction(override)
        .build();
  }

  private static Statement managed(String vendor, RuleAction overridden) {
    return Statement.builder()
        .managedRuleGroupStatement(
            one ->
                one.vendorName(vendor)
                    .name("Common")
                    .ruleActionOverrides(
                        RuleActionOverride.builder().name("a").actionToUse(overridden).build()))
        .build();
  }

  /**
   * A row: a sentence, the rules, whether another set has the address, and the effect of our block.
   */
  static Stream<Arguments> orders() {
    Statement path = Statement.builder().byteMatchStatement(one -> {}).build();
    Statement own =
        Statement.builder().ruleGroupReferenceStatement(one -> one.arn("arn:of-a-group")).build();
    Statement header =
        Statement.builder()
            .ipSetReferenceStatement(
                one -> one.arn("arn:of-another").ipSetForwardedIPConfig(config -> {}))
            .build();
    OverrideAction none = OverrideAction.builder().none(one -> {}).build();
    OverrideAction count = OverrideAction.builder().count(one -> {}).build();
    return Stream.of(
        order("ours is first", "blocks", Match.YES, ours(0), rule("later", 1, path, ALLOW)),
        order("the priority counts", "blocks", Match.YES, rule("later", 9, path, ALLOW), ours(8)),
        order("a path is allowed", "unclear", Match.NO, rule("path", 1, path, ALLOW), ours(2)),
        order("a path is blocked", "blocks", Match.NO, rule("path", 1, path, BLOCK), ours(2)),
        order("another set has it", "idle", Match.YES, rule("office", 1, OTHER, ALLOW), ours(2)),
        order("another has not", "blocks", Match.NO, rule("office", 1, OTHER, ALLOW), ours(2)),
        order("another may", "unclear", Match.MAYBE, rule("office", 1, OTHER, ALLOW), ours(2)),
        order("a header says so", "unclear", Match.NO, rule("office", 1, header, ALLOW), ours(2)),
        order(
            "all but the other set", "idle", Match.NO, rule("rest", 1, not(OTHER), ALLOW), ours(2)),
        order(
            "another set on a path",
            "unclear",
            Match.YES,
            rule("office", 1, and(OTHER, path), ALLOW),
            ours(2)),
        order(
            "another set, which has it not, on a path",
            "blocks",
            Match.NO,
            rule("office", 1, and(OTHER, path), ALLOW),
            ours(2)),
        order(
            "another set or a path",
            "unclear",
            Match.NO,
            rule("office", 1, or(OTHER, path), ALLOW),
            ours(2)),
        order(
            "everyone, after a path",
            "idle",
            Match.YES,
            rule("path", 0, path, ALLOW),
            rule("office", 1, OTHER, ALLOW),
            ours(2)),
        order("who is not in ours", "blocks", Match.NO, rule("rest", 1, not(SET), ALLOW), ours(2)),
        order("a rule group", "unclear", Match.NO, group(own, none), ours(2)),
        order("a rule group that counts", "blocks", Match.NO, group(own, count), ours(2)),
        order(
            "a rule group of AWS", "blocks", Match.NO, group(managed("AWS", COUNT), none), ours(2)),
        order(
            "of AWS, overridden", "unclear", Match.NO, group(managed("AWS", ALLOW), none), ours(2)),
        order("of a vendor", "unclear", Match.NO, group(managed("other", COUNT), none), ours(2)));
  }

  private static Arguments order(String sentence, String expected, Match other, Rule... rules) {
    return Arguments.of(sentence, expected, other, List.of(rules));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("orders")
  void promise11ABlockCountsOnlyIfNoEarlierRuleLetsTheAddressPass(
      String sentence, String expected, Match other, List<Rule> rules) {
    IpSetReferences references = new IpSetReferences(OURS, arn -> other);
    references.read(shop(rules.toArray(Rule[]::new)), () -> Match.YES);

    Uses uses = references.uses();
    assertEquals(
        List.of(expected.equals("blocks"), expected.equals("idle"), expected.equals("unclear")),
        List.of(
            !uses.blocking().isEmpty(),
            !uses.idle().isEmpty(),
            !uses.unclear().isEmpty() && uses.blocking().isEmpty()),
        sentence + ": " + uses);
    assertEquals(List.of(), uses.allowing());
  }

  @Test
  void aRuleGroupOfFirewallManagerComesFirst() {
    IpSetReferences references = new IpSetReferences(OURS, arn -> Match.NO);
    references.read(
        WebACL.builder()
            .name("shop")
            .rules(ours(0))
            .preProcessFirewallManagerRuleGroups(
                FirewallManagerRuleGroup.builder().name("central").priority(0).build())
            .build(),
        () -> Match.YES);

    assertEquals(
        List.of(
            "rule ours of web ACL shop, because rule group central of Firewall Manager may allow it"
                + " first"),
        references.uses().unclear());
  }

  @ParameterizedTest
  @CsvSource({"YES, 1, 0, 0", "NO, 0, 1, 0", "MAYBE, 0, 0, 1"})
  void promise11AWebAclThatProtectsNothingBlocksNothing(
      Match isInUse, int blocking, int idle, int unclear) {
    IpSetReferences references = new IpSetReferences(OURS, arn -> Match.NO);
    references.read(shop(ours(0)), () -> isInUse);

    Uses uses = references.uses();
    assertEquals(
        List.of(blocking, idle, unclear),
        List.of(uses.blocking().size(), uses.idle().size(), uses.unclear().size()),
        uses.toString());
    assertEquals(isInUse == Match.NO, uses.isIdle());
  }
}
