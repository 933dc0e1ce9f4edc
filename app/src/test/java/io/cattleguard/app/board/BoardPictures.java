package io.cattleguard.app.board;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Takes screenshots of pages in the window sizes of a telephone and of a screen, light and dark.
 */
final class BoardPictures {
  private BoardPictures() {}

  /**
   * Takes a screenshot of each page into {@code target/board}.
   *
   * @param pages addresses by name
   * @return the pages that are wider than the window
   */
  static List<String> take(Chromium browser, TestBoard board, Map<String, String> pages)
      throws IOException {
    Path pictures = Files.createDirectories(Path.of("target", "board"));
    List<String> wrong = new ArrayList<>();
    for (int width : List.of(390, 1_440)) {
      for (String scheme : List.of("light", "dark")) {
        browser.show(width, width == 390 ? 844 : 900, scheme);
        for (Map.Entry<String, String> page : pages.entrySet()) {
          String name = page.getKey() + "-" + width + "-" + scheme;
          browser.open(board.uri(page.getValue()));
          if (browser.evaluate("document.documentElement.scrollWidth").asInt() > width) {
            wrong.add(name + " is wider than the window");
          }
          Files.write(pictures.resolve(name + ".png"), browser.picture());
        }
      }
    }
    return wrong;
  }
}
