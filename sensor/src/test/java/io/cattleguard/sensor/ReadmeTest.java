package io.cattleguard.sensor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cattleguard.sensor.cli.Main;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

final class ReadmeTest {
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| `--([a-z-]+) [^`]*` \\| `([A-Z_]+)` \\| `?([^`|]+)`? \\|");
  private static final Map<String, String> NO_FLAG_SAYS =
      Map.of("cluster", "required ", "node", "the host's name ");

  @Test
  void theTableOfSettingsIsWhatTheFlagsAre() throws IOException {
    Map<String, String> told = new TreeMap<>();
    Matcher row = ROW.matcher(Files.readString(Path.of("README.md")));
    while (row.find()) {
      assertEquals(
          "CATTLEGUARD_" + row.group(1).toUpperCase(Locale.ROOT).replace('-', '_'), row.group(2));
      told.put(row.group(1), row.group(3).strip());
    }
    Map<String, String> known = new TreeMap<>();
    for (OptionSpec option : Main.commandLine(System.out).getCommandSpec().options()) {
      if (!option.usageHelp() && !option.versionHelp()) {
        String name = option.longestName().substring(2);
        String[] environmentElse = declared(option).replaceAll("[${}]", "").split(":-", -1);
        String otherwise = environmentElse.length > 1 ? environmentElse[1] : "none";
        known.put(name, NO_FLAG_SAYS.getOrDefault(name, otherwise).strip());
      }
    }
    assertEquals(known, told);
  }

  /** The default value as it is declared, before the environment is read. */
  private static String declared(OptionSpec option) {
    return ((Field) option.userObject()).getAnnotation(Option.class).defaultValue();
  }
}
