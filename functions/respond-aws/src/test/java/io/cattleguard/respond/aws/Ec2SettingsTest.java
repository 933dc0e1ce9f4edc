package io.cattleguard.respond.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.lambda.Env;
import io.cattleguard.respond.aws.actions.Tag;
import io.cattleguard.respond.aws.blocklist.Lists;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class Ec2SettingsTest {
  @Test
  void whatTerraformWritesIsRead() {
    Ec2Settings settings =
        Ec2Settings.of(
            new Env(
                Map.of(
                    "QUARANTINE_GROUPS", "{\"vpc-1\":\"sg-1\",\"vpc-2\":\"sg-2\"}",
                    "RESPONSE_TAG", "{\"key\":\"team:respond\",\"value\":\"yes\"}",
                    "PROTECTED_PRINCIPALS", "[\"deploy\",\"break-glass\"]")));

    assertEquals(Map.of("vpc-1", "sg-1", "vpc-2", "sg-2"), settings.quarantineGroups());
    assertEquals(new Tag("team:respond", "yes"), settings.responseTag());
    assertEquals(Set.of("deploy", "break-glass"), settings.protectedPrincipals());
    assertEquals(
        List.of(Lists.FIREWALL, Lists.WEB),
        Ec2Settings.of(
                new Env(
                    Map.of(
                        "BLOCK_LISTS",
                        "[\"" + Lists.FIREWALL.arn() + "\",\"" + Lists.WEB.arn() + "\"]")))
            .blockLists());
  }

  @Test
  void withoutThemNoInstanceIsQuarantinedAndTheTagIsTheUsualOne() {
    Ec2Settings settings = Ec2Settings.of(new Env(Map.of()));

    assertEquals(Map.of(), settings.quarantineGroups());
    assertEquals(Tag.DEFAULT, settings.responseTag());
    assertEquals(Set.of(), settings.protectedPrincipals());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "QUARANTINE_GROUPS|[]",
        "QUARANTINE_GROUPS|{",
        "QUARANTINE_GROUPS|{\"vpc-1\":\"\"}",
        "QUARANTINE_GROUPS|{\"vpc-1\":\"eni-1\"}",
        "QUARANTINE_GROUPS|{\"sg-1\":\"vpc-1\"}",
        "RESPONSE_TAG|{\"key\":\"a\"}",
        "RESPONSE_TAG|{\"key\":\"\",\"value\":\"b\"}",
        "RESPONSE_TAG|\"a=b\"",
        "BLOCK_LISTS|{}",
        "BLOCK_LISTS|[\"blocked\"]",
        "BLOCK_LISTS|[\"arn:aws:wafv2:us-east-1:111122223333:global/ipset/a/b\"]",
        "BLOCK_LISTS|[\"arn:aws:ec2:eu-central-1:aws:prefix-list/pl-0123abcd\"]",
        "PROTECTED_PRINCIPALS|{}",
        "PROTECTED_PRINCIPALS|[\"\"]",
        "PROTECTED_PRINCIPALS|[{}]"
      })
  void whatIsWrongStopsTheFunctionWithTheVariablesName(String variable, String value) {
    IllegalStateException error =
        assertThrows(
            IllegalStateException.class, () -> Ec2Settings.of(new Env(Map.of(variable, value))));
    assertTrue(String.valueOf(error.getMessage()).startsWith(variable), error.getMessage());
  }
}
