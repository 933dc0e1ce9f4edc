package io.cattleguard.respond.aws.waf;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.services.wafv2.model.Label;
import software.amazon.awssdk.services.wafv2.model.Rule;
import software.amazon.awssdk.services.wafv2.model.RuleAction;
import software.amazon.awssdk.services.wafv2.model.Statement;

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

  /** A sentence, the statement, the action, and what an entry in the set does. */
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
    IpSetReferences references = new IpSetReferences(OURS);
    references.read(
        "shop", List.of(Rule.builder().name("one").statement(statement).action(action).build()));

    List<String> one = List.of("rule one of web ACL shop");
    assertEquals(expected.equals("blocks") ? one : List.of(), references.uses().blocking());
    assertEquals(expected.equals("lets in") ? one : List.of(), references.uses().allowing());
  }

  /** A later rule may allow what has the label. */
  @ParameterizedTest(name = "{0} {1}")
  @CsvSource({"count, true", "allow, true", "block, false"})
  void aRuleThatLabelsWhatIsInTheSetLetsItIn(String action, boolean letsIn) {
    IpSetReferences references = new IpSetReferences(OURS);
    references.read(
        "shop",
        List.of(
            Rule.builder()
                .name("one")
                .statement(SET)
                .action(action.equals("count") ? COUNT : action.equals("allow") ? ALLOW : BLOCK)
                .ruleLabels(Label.builder().name("office").build())
                .build()));

    assertEquals(letsIn, !references.uses().allowing().isEmpty());
  }
}
