package io.cattleguard.route.slack.message;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.events.Target;
import io.cattleguard.route.Notices;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LinkTemplateTest {
  private static List<LinkTemplate> read(String yaml) {
    return LinkTemplate.read(PolicyNode.read("routes.yaml", yaml).orElseThrow());
  }

  @Test
  void aLinkIsFilledWithTheIncidentsFields() {
    LinkTemplate link =
        read("SIEM: 'https://siem.example.com/s?q={cluster}%20{pod}&from={since}#{incident}'")
            .getFirst();

    assertEquals(
        Optional.of(URI.create("https://siem.example.com/s?q=prod%20web-1&from=1767268800#i%2F1")),
        link.fill(Notices.alert().scored(), "i/1"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"../../admin", "a|b>c<d", "x@evil.example.com", "a?b#c&d", "'\"` "})
  void whatAnEventSaysStaysInItsPlace(String pod) {
    URI uri =
        new LinkTemplate("Board", "https://board.example.com/pods/{pod}/end")
            .fill(Notices.alert().pod(pod).scored(), "i1")
            .orElseThrow();

    assertEquals("board.example.com", uri.getHost());
    assertEquals("/pods/" + pod + "/end", uri.getPath());
    assertTrue(uri.toString().matches("[A-Za-z0-9:/.%_~-]+"), uri.toString());
  }

  @Test
  void aLinkWhoseFieldIsAbsentOrTooLongIsLeftOut() {
    LinkTemplate link = new LinkTemplate("Board", "https://board.example.com/{pod}");

    assertEquals(Optional.empty(), link.fill(Notices.alert().pod(null).scored(), "i1"));
    assertEquals(
        Optional.empty(), link.fill(Notices.alert().pod("A".repeat(1_048_576)).scored(), "i1"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{Board: 'http://board.example.com/{incident}'}  | expected an https:// address",
        "{Board: 'https://{cluster}.example.com/'}       | behind the host only",
        "{Board: 'https://example.com{cluster}/'}        | behind the host only",
        "{Board: 'https://u:p@example.com/'}             | expected an https:// address",
        "{Board: 'https://example.com/{uid}'}            | unknown placeholder {uid}",
        "{Board: 'javascript:alert(1)'}                  | expected an https:// address",
        "{'<b>': 'https://example.com/'}                 | a link's name",
        "[a]                                             | expected a mapping",
      })
  void aWrongLinkIsAnError(String yaml, String message) {
    PolicyException e = assertThrows(PolicyException.class, () -> read(yaml));

    assertTrue(e.toString().contains(message), e.toString());
  }

  @Test
  void idsOfTheDocumentedFormLinkToTheConsole() {
    Target target =
        Target.builder()
            .region("eu-central-1")
            .instance("i-0123456789abcdef0")
            .securityGroup("sg-0123456789abcdef0")
            .resource("arn:aws:s3:::example-bucket")
            .build();

    assertEquals(
        List.of(
            "https://eu-central-1.console.aws.amazon.com/ec2/home?region=eu-central-1#InstanceDetails:instanceId=i-0123456789abcdef0",
            "https://eu-central-1.console.aws.amazon.com/ec2/home?region=eu-central-1#SecurityGroup:groupId=sg-0123456789abcdef0",
            "https://eu-central-1.console.aws.amazon.com/s3/buckets/example-bucket"),
        ConsoleLinks.of(target).stream().map(link -> link.address().toString()).toList());
    assertTrue(
        ConsoleLinks.of(target.toBuilder().region("us-gov-west-1").build())
            .getFirst()
            .address()
            .toString()
            .startsWith("https://us-gov-west-1.console.amazonaws-us-gov.com/"));
    assertEquals(
        List.of(), ConsoleLinks.of(target.toBuilder().region("evil.example.com/?").build()));
    assertEquals(
        List.of(),
        ConsoleLinks.of(
            Target.builder().region("eu-central-1").instance("i-0123456789abcdef0|x>").build()));
  }
}
