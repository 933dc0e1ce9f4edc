package io.cattleguard.app.board;

import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import io.cattleguard.app.board.page.Frame;
import io.cattleguard.app.board.page.Notice;
import java.util.Map;

/** Fills templates, which escape every text for its context. */
final class Pages {
  private static final String GENERATED = "io.cattleguard.app.board.generated";

  private final TemplateEngine engine =
      TemplateEngine.createPrecompiled(
          null, ContentType.Html, Pages.class.getClassLoader(), GENERATED);

  String of(String template, Frame frame, Record page) {
    StringOutput out = new StringOutput(16_384);
    engine.render(template + ".jte", Map.of("frame", frame, "page", page), out);
    return out.toString();
  }

  /** A page for a browser without a session. It reveals nothing about the deployment. */
  String plain(Notice notice) {
    StringOutput out = new StringOutput(1_024);
    engine.render("plain.jte", Map.of("page", notice), out);
    return out.toString();
  }
}
