package io.cattleguard.respond.kubernetes.eks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ClusterAddressTest {
  @Test
  void whatTerraformWritesIsRead() {
    String json =
        """
        {"blue":{"certificateAuthority":"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==","endpoint":"https://A1.gr7.eu-central-1.eks.amazonaws.com",
                 "region":"eu-central-1","roleArn":null},
         "red":{"certificateAuthority":"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==","endpoint":"https://example.com:6443","region":"eu-west-1",
                "roleArn":"arn:aws:iam::444455556666:role/x/respond","externalId":"7"}}
        """;

    assertEquals(
        List.of(
            new ClusterAddress(
                "blue",
                URI.create("https://A1.gr7.eu-central-1.eks.amazonaws.com"),
                "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==",
                "eu-central-1",
                Optional.empty(),
                Optional.empty()),
            new ClusterAddress(
                "red",
                URI.create("https://example.com:6443"),
                "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==",
                "eu-west-1",
                Optional.of("arn:aws:iam::444455556666:role/x/respond"),
                Optional.of("7"))),
        ClusterAddress.readAll("clusters.json", json));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "{                                                   | clusters.json:1: not JSON: ",
        "[]                                                  | clusters.json: expected an object"
            + " with clusters by name",
        "{'blue':{'endpoint':'http://example.com'}}          | clusters.json: blue: endpoint is not"
            + " https://<host>",
        "{'blue':{'endpoint':'example.com'}}                 | clusters.json: blue: endpoint is not"
            + " https://<host>",
        "{'blue':{'endpoint':'https://a b'}}                 | clusters.json: blue: endpoint is not"
            + " https://<host>",
        "{'blue':{}}                                         | clusters.json: blue: endpoint is"
            + " missing",
        "{'blue':{'endpoint':7}}                             | clusters.json: blue: endpoint is not"
            + " a string",
        "{'blue':{'endpoint':'https://a'}}                   | clusters.json: blue:"
            + " certificateAuthority is missing",
        "{'blue':{'endpoint':'https://a','certificateAuthority':'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg=='}}"
            + " | clusters.json: blue: region is missing",
        "{'blue':{'endpoint':'https://a','certificateAuthority':'QQ=='}} | clusters.json: blue:"
            + " certificateAuthority is not PEM in base64",
        "{'blue':{'endpoint':'https://a','certificateAuthority':'-----BEGIN'}} | clusters.json:"
            + " blue: certificateAuthority is not base64",
        "{'blue':{'rolArn':'x'}}                             | clusters.json: blue: unknown key"
            + " 'rolArn'",
        "{'blue':{'roleArn':'arn:aws:iam::4444:role/x'}}     | clusters.json: blue: roleArn is not"
            + " the ARN of one IAM role",
        "{'blue':{'roleArn':'arn:aws:iam::444455556666:role/*'}} | clusters.json: blue: roleArn is"
            + " not the ARN of one IAM role",
      })
  void whatIsWrongIsNamedWithItsPlace(String json, String message) {
    IllegalStateException e =
        assertThrows(
            IllegalStateException.class,
            () -> ClusterAddress.readAll("clusters.json", json.replace('\'', '"')));
    assertEquals(message, String.valueOf(e.getMessage()).substring(0, message.length()));
  }
}
