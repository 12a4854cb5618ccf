#include "libprof/profile/decode_objects.h"

#include <fmt/format.h>

#include "libprof/profile/schema.h"

namespace prof {

using protozero::pbf_reader;

void ObjectDecoder::expect(size_t mappings, size_t functions, size_t locations) {
  mapping_ids_.expect(mappings);
  function_ids_.expect(functions);
  location_ids_.expect(locations);
}

void ObjectDecoder::add_string(std::string_view text) {
  if (strings_.empty() && !text.empty()) throw Malformed{"the first string must be empty"};
  strings_.push_back(builder_.intern(text));
}

StringId ObjectDecoder::string(uint64_t index) const {
  if (index == 0) return 0;
  if (index < strings_.size()) return strings_[index];
  throw Malformed{fmt::format("it names string {} of {}", static_cast<int64_t>(index), strings_.size())};
}

ValueType ObjectDecoder::value_type(Bytes message) const {
  ValueType type;
  for (pbf_reader field(message); field.next();) {
    switch (field.tag()) {
      case schema::value_type::kType:
        type.type = text(field);
        break;
      case schema::value_type::kUnit:
        type.unit = text(field);
        break;
      default:
        skip(field);
    }
  }
  return type;
}

void ObjectDecoder::add_mapping(Bytes message) {
  Mapping mapping;
  for (pbf_reader field(message); field.next();) {
    switch (field.tag()) {
      case schema::mapping::kId:
        mapping.id = number(field);
        break;
      case schema::mapping::kMemoryStart:
        mapping.start = number(field);
        break;
      case schema::mapping::kMemoryLimit:
        mapping.limit = number(field);
        break;
      case schema::mapping::kFileOffset:
        mapping.offset = number(field);
        break;
      case schema::mapping::kFilename:
        mapping.file = text(field);
        break;
      case schema::mapping::kBuildId:
        mapping.build_id = text(field);
        break;
      case schema::mapping::kHasFunctions:
        mapping.has_functions = number(field) != 0;
        break;
      case schema::mapping::kHasFilenames:
        mapping.has_filenames = number(field) != 0;
        break;
      case schema::mapping::kHasLineNumbers:
        mapping.has_line_numbers = number(field) != 0;
        break;
      case schema::mapping::kHasInlineFrames:
        mapping.has_inline_frames = number(field) != 0;
        break;
      default:
        skip(field);
    }
  }
  mapping_ids_.add(mapping.id, static_cast<uint32_t>(builder_.profile().mappings().size()));
  builder_.add_mapping(mapping);
}

void ObjectDecoder::add_function(Bytes message) {
  Function function;
  for (pbf_reader field(message); field.next();) {
    switch (field.tag()) {
      case schema::function::kId:
        function.id = number(field);
        break;
      case schema::function::kName:
        function.name = text(field);
        break;
      case schema::function::kSystemName:
        function.system_name = text(field);
        break;
      case schema::function::kFilename:
        function.filename = text(field);
        break;
      case schema::function::kStartLine:
        function.start_line = integer(field);
        break;
      default:
        skip(field);
    }
  }
  function_ids_.add(function.id, static_cast<uint32_t>(builder_.profile().functions().size()));
  builder_.add_function(function);
}

void ObjectDecoder::add_location(Bytes message) {
  Location location;
  lines_.clear();
  for (pbf_reader field(message); field.next();) {
    switch (field.tag()) {
      case schema::location::kId:
        location.id = number(field);
        break;
      case schema::location::kMappingId:
        if (const uint64_t id = number(field); id != 0) location.mapping = mapping_ids_.find(id);
        break;
      case schema::location::kAddress:
        location.address = number(field);
        break;
      case schema::location::kLine:
        lines_.push_back(line(bytes_of(field)));
        break;
      case schema::location::kIsFolded:
        location.is_folded = number(field) != 0;
        break;
      default:
        skip(field);
    }
  }
  location_ids_.add(location.id, static_cast<uint32_t>(builder_.profile().locations().size()));
  builder_.add_location(location, lines_);
}

Line ObjectDecoder::line(Bytes message) const {
  Line line;
  uint64_t function = 0;
  for (pbf_reader field(message); field.next();) {
    switch (field.tag()) {
      case schema::line::kFunctionId:
        function = number(field);
        break;
      case schema::line::kLine:
        line.line = integer(field);
        break;
      case schema::line::kColumn:
        line.column = integer(field);
        break;
      default:
        skip(field);
    }
  }
  line.function = function_ids_.find(function);
  return line;
}

}  // namespace prof
