#include "methods/task.h"

#include <algorithm>
#include <filesystem>

#include "core/error.h"

namespace mpq::methods {

namespace fs = std::filesystem;

Task::Task(TaskParts parts) : parts_(std::move(parts)) {}

std::unique_ptr<models::Network> Task::float_network() {
  const auto& info = parts_.dataset->info();
  models::NetworkContext context;
  context.classes = info.classes, context.channels = info.channels;
  context.height = info.height, context.width = info.width;
  context.draw_weights = false;
  auto network = models::make_network(parts_.network, parts_.network_options, context);
  network->load(parts_.float_state, "the float network of this study");
  network->set_meter(&meter_);
  return network;
}

training::Trainer Task::trainer(models::Network& network, const std::string& name,
                                const training::Recipe& recipe, std::int64_t images) {
  training::TrainerSetup setup;
  setup.train = parts_.dataset->split(datasets::Split::train);
  if (images > 0 && images < setup.train.count())
    setup.train.indices.resize(static_cast<std::size_t>(images));
  setup.info = &parts_.dataset->info();
  setup.recipe = recipe;
  setup.seed = parts_.seed;
  setup.loader_threads = parts_.loader_threads;
  setup.progress = parts_.progress;
  setup.checkpoint_folder = parts_.scratch_folder;
  setup.checkpoint_seconds = parts_.checkpoint_seconds;
  setup.environment = parts_.environment;
  return {network, std::move(setup), name};
}

training::Batch Task::train_images(std::int64_t count) {
  auto view = parts_.dataset->split(datasets::Split::train);
  if (count < view.count()) view.indices.resize(static_cast<std::size_t>(count));
  return training::load_all(view, parts_.dataset->info(), parts_.loader_threads);
}

const torch::Tensor& Task::calib_images() {
  if (!calib_.defined())
    calib_ = training::load_all_augmented(parts_.dataset->split(datasets::Split::calib),
                                          parts_.dataset->info(), parts_.loader_threads)
                 .images;
  return calib_;
}

training::Batch Task::search_images(const std::vector<std::int32_t>& places) const {
  const auto all = search_split();
  auto wanted = all;
  wanted.indices.clear();
  for (const auto place : places) wanted.indices.push_back(all.indices.at(static_cast<std::size_t>(place)));
  return training::load_all_augmented(wanted, parts_.dataset->info(), parts_.loader_threads);
}

models::StateDict Task::once(const std::string& name, const std::function<models::StateDict()>& work) {
  const auto path = (fs::path(parts_.scratch_folder) / ("once-" + name + ".safetensors")).string();
  if (!parts_.scratch_folder.empty() && fs::exists(path)) {
    const auto saved = models::read_checkpoint(path);
    training::require_environment(parse_json(saved.metadata.at("environment").get<std::string>(), path),
                                  parts_.environment, path);
    meter_.restore(parse_json(saved.metadata.at("meter").get<std::string>(), path));
    return saved.tensors;
  }
  auto result = work();
  if (!parts_.scratch_folder.empty())
    models::write_safetensors(
        path, result, {{"meter", meter_.to_json().dump()}, {"environment", parts_.environment.dump()}});
  return result;
}

void Task::record(const std::string& name, const torch::Tensor& values) {
  records_["/method/" + name] = to_array(values);
}

void Task::record_curves(const std::string& name, const training::Curves& curves) {
  for (const auto& [curve, values] : curves) records_["/curves/" + name + "/" + curve] = Array::of(values);
}

Array to_array(const torch::Tensor& tensor) {
  auto t = tensor.detach().cpu();
  if (t.scalar_type() == torch::kBool) t = t.to(torch::kUInt8);
  if (t.scalar_type() == torch::kHalf || t.scalar_type() == torch::kBFloat16) t = t.to(torch::kFloat32);
  t = t.contiguous();
  static const std::map<torch::Dtype, Dtype> kTypes{
      {torch::kFloat32, Dtype::f32}, {torch::kFloat64, Dtype::f64}, {torch::kInt8, Dtype::i8},
      {torch::kUInt8, Dtype::u8},    {torch::kInt16, Dtype::i16},   {torch::kInt32, Dtype::i32},
      {torch::kInt64, Dtype::i64}};
  Array array{kTypes.at(t.scalar_type()), t.sizes().vec(), {}};
  array.bytes.resize(static_cast<std::size_t>(t.nbytes()));
  if (!array.bytes.empty()) std::memcpy(array.bytes.data(), t.data_ptr(), array.bytes.size());
  return array;
}

torch::Tensor to_tensor(const Array& array) {
  static const std::map<Dtype, torch::Dtype> kTypes{
      {Dtype::f32, torch::kFloat32}, {Dtype::f64, torch::kFloat64}, {Dtype::i8, torch::kInt8},
      {Dtype::u8, torch::kUInt8},    {Dtype::i16, torch::kInt16},   {Dtype::i32, torch::kInt32},
      {Dtype::i64, torch::kInt64}};
  auto tensor = torch::empty(array.shape, kTypes.at(array.dtype));
  require(static_cast<std::size_t>(tensor.nbytes()) == array.bytes.size(),
          "an array's shape does not fit its bytes");
  if (!array.bytes.empty()) std::memcpy(tensor.data_ptr(), array.bytes.data(), array.bytes.size());
  return tensor;
}

}  // namespace mpq::methods
