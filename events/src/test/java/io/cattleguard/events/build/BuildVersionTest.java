package io.cattleguard.events.build;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cattleguard.events.ContractFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class BuildVersionTest {
  private static final Pattern OF_MAVEN =
      Pattern.compile("<artifactId>cattleguard</artifactId>\\s*<version>([^<]+)</version>");

  @Test
  void theVersionIsThatOfMavensProject() throws IOException {
    assertEquals(first(OF_MAVEN, "pom.xml"), BuildVersion.current());
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          sensor/chart/Chart.yaml       | (?m)^version: (.+)$
          sensor/chart/Chart.yaml       | (?m)^appVersion: (.+)$
          app/chart/Chart.yaml          | (?m)^version: (.+)$
          app/chart/Chart.yaml          | (?m)^appVersion: (.+)$
          sensor/image/Dockerfile       | org.opencontainers.image.version="(.+)"
          sensor/image/Dockerfile       | cattleguard/sensor:(\\S+)
          sensor/README.md              | cattleguard/sensor:(\\S+)
          app/image/Dockerfile          | org.opencontainers.image.version="(.+)"
          app/image/Dockerfile          | cattleguard/up:(\\S+)
          infra/kubernetes/up.yaml      | cattleguard/up:(\\S+)
          """)
  void imagesAndChartCarryTheVersion(String file, String pattern) throws IOException {
    assertEquals(BuildVersion.current(), first(Pattern.compile(pattern), file));
  }

  private static String first(Pattern pattern, String file) throws IOException {
    Path path = ContractFiles.root().resolve(file);
    Matcher matcher = pattern.matcher(Files.readString(path));
    return matcher.find() ? matcher.group(1) : file + " has no " + pattern;
  }
}
