#include "datasets/registry.h"

#include <gmock/gmock.h>

#include "tests/support/error_of.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/datasets/pictures.h"

namespace mpq::datasets {
namespace {

using mpq::testing::error_of;
using mpq::testing::TempFolder;
using ::testing::HasSubstr;

class RegisteredDataset : public ::testing::TestWithParam<std::string> {
 protected:
  const Entry& entry() const { return registry().find(GetParam(), "a test"); }
};

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const auto& [name, entry] : registry().all()) all.push_back(name);
  return all;
}

TEST_P(RegisteredDataset, ItsFactsAreConsistent) {
  const auto& info = entry().info;
  EXPECT_EQ(info.name, GetParam());
  EXPECT_FALSE(info.title.empty());
  EXPECT_FALSE(info.citation.empty());
  EXPECT_GE(info.revision, 1);
  EXPECT_GE(info.classes, 2);
  EXPECT_GE(info.channels, 1);
  EXPECT_LE(info.channels, 3);
  EXPECT_GT(info.height, 0);
  EXPECT_GT(info.width, 0);
  if (!entry().inspect || info.train_count > 0) {  // otherwise what is in the folder decides
    EXPECT_GT(info.test_count, 0);
    EXPECT_GE(info.search_count, 256);  // a searcher scores its moves on 256 images
    EXPECT_GT(info.calib_count, 0);
    const auto train = info.train_count - 2 * info.search_count;
    EXPECT_GE(train, info.calib_count);
    EXPECT_GE(train, info.train_count / 2);
  }
  for (int c = 0; c < info.channels; ++c) {
    EXPECT_GT(info.mean[static_cast<std::size_t>(c)], 0);
    EXPECT_LT(info.mean[static_cast<std::size_t>(c)], 1);
    EXPECT_GT(info.std[static_cast<std::size_t>(c)], 0);
  }
}

TEST_P(RegisteredDataset, ItsDefaultsAreValidOptions) {
  const auto& known = entry().info.options;
  const auto defaults = resolve_options(known, Json::object(), "a test");
  EXPECT_EQ(resolve_options(known, defaults, "a test"), defaults);
  for (const auto& option : known) EXPECT_FALSE(option.help.empty()) << option.name;
}

TEST(Normalisation, IsAnOptionOfEverySetAndChangesNothingElse) {
  const auto& entry = registry().find("synthetic", "a test");
  const auto named = [&](const std::string& name) {
    return resolve_options(entry.info.options, {{"normalisation", name}}, "a test");
  };
  const auto own = entry.open(named("own"), ""), half = entry.open(named("half"), "");
  EXPECT_EQ(own.info().mean, entry.info.mean);
  EXPECT_EQ(half.info().mean, (std::array<float, 3>{0.5F, 0.5F, 0.5F}));
  EXPECT_EQ(half.info().std, (std::array<float, 3>{0.5F, 0.5F, 0.5F}));
  EXPECT_EQ(entry.open(named("imagenet"), "").info().mean, (std::array<float, 3>{0.485F, 0.456F, 0.406F}));
  EXPECT_EQ(entry.fingerprint(named("own"), ""), entry.fingerprint(named("half"), "")) << "the same pictures";
  EXPECT_EQ(own.split(Split::train).indices, half.split(Split::train).indices);
  EXPECT_THAT(error_of([&] { named("halve"); }).what(), HasSubstr("did you mean 'half'?"));
}

TEST_P(RegisteredDataset, OpensOrSaysWhichFolderItMisses) {
  const TempFolder empty;
  const auto& info = entry().info;
  if (entry().write_cache) {  // photographs: facts come from the files
    for (const auto& ask : {error_of([&] { entry().facts(Json::object(), empty.path()); }),
                            error_of([&] { entry().open(Json::object(), empty.path()); }),
                            error_of([&] { entry().fingerprint(Json::object(), empty.path()); })})
      EXPECT_EQ(ask.exit_code(), 2);
    return;
  }
  if (info.folder.empty()) {
    const auto data = entry().open(Json::object(), empty.path());
    EXPECT_EQ(data.split(Split::train).count(), info.train_count - 2 * info.search_count);
    EXPECT_EQ(entry().fingerprint(Json::object(), empty.path()).size(), 64u);
    return;
  }
  for (const auto& error : {error_of([&] { entry().open(Json::object(), empty.path()); }),
                            error_of([&] { entry().fingerprint(Json::object(), empty.path()); })}) {
    EXPECT_EQ(error.exit_code(), 2);
    EXPECT_THAT(error.parts().where, HasSubstr(empty / info.folder));
    EXPECT_THAT(error.parts().expected, HasSubstr(info.folder));
    EXPECT_THAT(error.parts().expected, HasSubstr("--data"));
  }
}

INSTANTIATE_TEST_SUITE_P(All, RegisteredDataset, ::testing::ValuesIn(names()),
                         [](const auto& parameter) { return parameter.param; });

TEST(Registry, HoldsTheEmbeddedDefault) { EXPECT_THAT(names(), ::testing::Contains("synthetic")); }

TEST(Registry, AnUnknownNameIsRefusedWithTheNearest) {
  const auto error = error_of([] { registry().find("syntetic", "quick.toml:9, [dataset]"); });
  EXPECT_EQ(error.exit_code(), 2);
  EXPECT_EQ(error.parts().what, "unknown data set 'syntetic'");
  EXPECT_EQ(error.parts().where, "quick.toml:9, [dataset]");
  EXPECT_EQ(error.parts().expected, "one of: " + join(names()));
  EXPECT_EQ(error.parts().fix, "did you mean 'synthetic'?");
}

TEST(Registry, TwoOfOneNameAreABug) {
  Registry own;
  const Entry entry{testing::small_info("twice", 100, 15, 20, 30), nullptr, nullptr};
  own.add(entry);
  EXPECT_EQ(error_of([&] { own.add(entry); }).exit_code(), 70);
}

}  // namespace
}  // namespace mpq::datasets
