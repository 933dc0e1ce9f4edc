package io.cattleguard.sources.securityhub;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.sources.Samples;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests the connections, processes and files of a finding, and the behaviour of its type. */
final class AsffActivityTest {
  private static Alert finding(String types, String more) {
    return Samples.alert(
        """
        {"SchemaVersion":"2018-10-08","Id":"f1","GeneratorId":"g","AwsAccountId":"111122223333",
         "ProductArn":"arn:aws:securityhub:eu-central-1::product/aws/guardduty",
         "UpdatedAt":"2026-03-02T09:15:05Z","Severity":{"Label":"HIGH"},"Title":"t",
         "Types":[%s]%s}
        """
            .formatted(types, more));
  }

  private static Alert threat(String more) {
    return finding("\"TTPs/Command and Control/Backdoor:EC2-C&CActivity.B\"", "," + more);
  }

  @Test
  void theConnectionOfTheActionHasItsPeer() {
    String action =
        """
        "Action":{"ActionType":"NETWORK_CONNECTION","NetworkConnectionAction":{
         "ConnectionDirection":"%s","Protocol":"TCP","RemoteIpDetails":{"IpAddressV4":"203.0.113.66"},
         "RemotePortDetails":{"Port":443},"LocalPortDetails":{"Port":51200}}}
        """;
    assertEquals(
        new ObservedConnection("203.0.113.66", 443, 51200, "tcp", "outbound"),
        threat(action.formatted("OUTBOUND")).network());
    assertEquals("inbound", threat(action.formatted("INBOUND")).network().direction());
  }

  @Test
  void theOnlyProbeOfAPortIsInbound() {
    String probe =
        """
        {"LocalPortDetails":{"Port":22},"RemoteIpDetails":{"IpAddressV4":"203.0.113.66"}}
        """;
    String action = "\"Action\":{\"PortProbeAction\":{\"PortProbeDetails\":[%s]}}";
    assertEquals(
        new ObservedConnection("203.0.113.66", null, 22, null, "inbound"),
        threat(action.formatted(probe)).network());
    assertEquals(
        ObservedConnection.UNKNOWN, threat(action.formatted(probe + "," + probe)).network());
  }

  @Test
  void theCallerOfAnApiIsThePeer() {
    assertEquals(
        new ObservedConnection("2001:db8::66", null, null, null),
        threat(
                """
                "Action":{"AwsApiCallAction":{"Api":"ListBuckets",
                 "RemoteIpDetails":{"IpAddressV6":"2001:db8::66"}}}
                """)
            .network());
  }

  @Test
  void aRequestOfANameHasItsDomain() {
    assertEquals(
        new ObservedConnection(null, null, null, "udp", "outbound", "pool.example.com"),
        threat(
                """
                "Action":{"DnsRequestAction":{"Domain":"pool.example.com","Protocol":"UDP"}}
                """)
            .network());
  }

  @ParameterizedTest
  @CsvSource({"IN, 198.51.100.7, 40000, 9001", "OUT, 203.0.113.66, 9001, 40000"})
  void theDirectionOfANetworkSaysWhichEndIsThePeer(
      String direction, String peer, int port, int own) {
    ObservedConnection network =
        threat(
                """
                "Network":{"Direction":"%s","Protocol":"TCP","SourceIpV4":"198.51.100.7",
                 "SourcePort":40000,"DestinationIpV4":"203.0.113.66","DestinationPort":9001}
                """
                    .formatted(direction))
            .network();
    assertEquals(peer, network.peer());
    assertEquals(port, network.port());
    assertEquals(own, network.localPort());
    assertEquals("tcp", network.protocol());
  }

  @Test
  void aNetworkWithoutADirectionHasNoPeer() {
    assertEquals(
        ObservedConnection.UNKNOWN,
        threat("\"Network\":{\"SourceIpV4\":\"198.51.100.7\"}").network());
  }

  @Test
  void theProcessAndTheMalwaresFileAreRead() {
    Alert alert =
        threat(
            """
            "Process":{"Path":"/tmp/x","Pid":1},
            "Malware":[{"Name":"EICAR"},{"Name":"EICAR","Path":"/tmp/eicar"}]
            """);
    assertEquals(new ObservedProcess("/tmp/x", "x", null, null, null), alert.process());
    assertEquals("/tmp/eicar", alert.file());
  }

  @Test
  void aFieldOfAnotherTypeIsDroppedWithANote() {
    Alert alert = threat("\"Action\":\"x\",\"Process\":{\"Name\":1}");
    assertEquals(ObservedConnection.UNKNOWN, alert.network());
    assertEquals(
        List.of(
            "Action: expected an object, found the string \"x\"",
            "Process.Name: expected a string, found the number 1"),
        alert.notes());
  }

  @ParameterizedTest
  @CsvSource({
    "TTPs/Command and Control/CryptoCurrency:EC2-BitcoinTool.B!DNS, T1496, intrusion",
    "TTPs/Privilege Escalation/PrivilegeEscalation:Runtime-RuncContainerEscape, T1611, intrusion",
    "TTPs/Execution/Execution:Runtime-NewBinaryExecuted, T1204.002, dropped-executable intrusion",
  })
  void aTypeReportsTheSameAsInGuardDutysOwnFinding(String type, String technique, String traits) {
    Alert alert = finding('"' + type + '"', "");
    assertEquals(List.of(technique), alert.techniques());
    assertEquals(List.of(traits.split(" ", -1)), alert.traits());
  }

  @Test
  void aThreatAmongSeveralTypesDecides() {
    String check = "\"Software and Configuration Checks/AWS Security Best Practices\"";
    assertEquals(AlertClass.CONFIGURATION, finding(check, "").alertClass());
    assertEquals(
        AlertClass.RUNTIME,
        finding(check + ",\"TTPs/Impact/Impact:EC2-PortSweep\"", "").alertClass());
  }
}
