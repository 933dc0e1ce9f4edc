package io.cattleguard.edge;

import com.fasterxml.jackson.databind.json.JsonMapper;

/** The one mapper of a function: each one more finds out anew how to read a tree. */
final class Json {
  static final JsonMapper MAPPER = JsonMapper.builder().build();

  private Json() {}
}
