package io.cattleguard.app.wire;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * An account with one running instance that may be quarantined. It is created and read with EC2's
 * query protocol, without any code of the product.
 */
final class WireAccount {
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final URI ec2;
  private final String vpc;
  private final String web;
  private final String quarantine;
  private final String instance;

  WireAccount(URI ec2) throws IOException, InterruptedException {
    this.ec2 = ec2;
    this.vpc = first("vpcId", ask("CreateVpc", Map.of("CidrBlock", "192.0.2.0/24")));
    String subnet =
        first("subnetId", ask("CreateSubnet", Map.of("VpcId", vpc, "CidrBlock", "192.0.2.0/25")));
    this.web = group("web");
    this.quarantine = group("quarantine");
    String card =
        first(
            "networkInterfaceId",
            ask("CreateNetworkInterface", Map.of("SubnetId", subnet, "SecurityGroupId.1", web)));
    this.instance =
        first(
            "instanceId",
            ask(
                "RunInstances",
                Map.of(
                    "ImageId", "ami-12c6146b",
                    "MinCount", "1",
                    "MaxCount", "1",
                    "NetworkInterface.1.DeviceIndex", "0",
                    "NetworkInterface.1.NetworkInterfaceId", card)));
    for (String one : List.of(web, quarantine, card, instance)) {
      allow(one);
    }
  }

  private String group(String name) throws IOException, InterruptedException {
    String id =
        first(
            "groupId",
            ask(
                "CreateSecurityGroup",
                Map.of("GroupName", name, "GroupDescription", "a test's", "VpcId", vpc)));
    // Each new security group allows all egress.
    ask(
        "RevokeSecurityGroupEgress",
        Map.of(
            "GroupId", id,
            "IpPermissions.1.IpProtocol", "-1",
            "IpPermissions.1.IpRanges.1.CidrIp", "0.0.0.0/0"));
    return id;
  }

  private void allow(String id) throws IOException, InterruptedException {
    ask(
        "CreateTags",
        Map.of("ResourceId.1", id, "Tag.1.Key", "cattleguard:respond", "Tag.1.Value", "allowed"));
  }

  /** The settings that Terraform passes to respond-aws. */
  Map<String, String> environment() {
    return Map.of(
        "AWS_ENDPOINT_URL_EC2",
        ec2.toString(),
        "AWS_ENDPOINT_URL_AUTO_SCALING",
        ec2.toString(),
        "QUARANTINE_GROUPS",
        "{\"%s\":\"%s\"}".formatted(vpc, quarantine),
        "RESPONSE_TAG",
        "{\"key\":\"cattleguard:respond\",\"value\":\"allowed\"}");
  }

  String instance() {
    return instance;
  }

  /** The group that the instance had at first. */
  String web() {
    return web;
  }

  String quarantine() {
    return quarantine;
  }

  /** The security groups of the instance's interfaces. */
  List<String> groups() throws IOException, InterruptedException {
    String seen =
        ask(
            "DescribeNetworkInterfaces",
            Map.of("Filter.1.Name", "attachment.instance-id", "Filter.1.Value.1", instance));
    return Pattern.compile("<groupId>(.*?)</groupId>")
        .matcher(seen)
        .results()
        .map(found -> found.group(1))
        .distinct()
        .sorted()
        .toList();
  }

  private static String first(String element, String xml) {
    return Pattern.compile("<" + element + ">(.*?)</" + element + ">")
        .matcher(xml)
        .results()
        .map((MatchResult found) -> found.group(1))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + element + " in " + xml));
  }

  private String ask(String action, Map<String, String> parameters)
      throws IOException, InterruptedException {
    Map<String, String> all = new TreeMap<>(parameters);
    all.put("Action", action);
    all.put("Version", "2016-11-15");
    String form =
        all.entrySet().stream()
            .map(
                one ->
                    one.getKey() + "=" + URLEncoder.encode(one.getValue(), StandardCharsets.UTF_8))
            .collect(Collectors.joining("&"));
    HttpResponse<String> answer =
        HTTP.send(
            HttpRequest.newBuilder(ec2)
                .timeout(Duration.ofSeconds(20))
                .header("Content-Type", "application/x-www-form-urlencoded")
                // An emulator finds the service in the credential's scope.
                .header(
                    "Authorization",
                    "AWS4-HMAC-SHA256"
                        + " Credential=AKIAIOSFODNN7EXAMPLE/20260302/eu-central-1/ec2/aws4_request,"
                        + " SignedHeaders=host, Signature=0")
                .POST(HttpRequest.BodyPublishers.ofString(form))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() != 200) {
      throw new IOException(action + ": " + answer.body());
    }
    return answer.body();
  }
}
