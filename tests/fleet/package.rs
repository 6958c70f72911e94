//! The files of the Debian package exist. dist/test-package.sh builds and installs it.

use toml_edit::DocumentMut;

use super::{read, repository};

#[test]
fn the_files_of_the_package_exist() {
    let manifest: DocumentMut = read("Cargo.toml").parse().unwrap();
    let assets = manifest["package"]["metadata"]["deb"]["assets"].as_array().unwrap();
    let sources: Vec<_> =
        assets.iter().map(|asset| asset.as_array().unwrap().get(0).unwrap().as_str().unwrap()).collect();
    assert!(sources.len() >= 7, "{sources:?}");
    // Files that are built do not exist yet.
    for source in sources.iter().filter(|source| !source.starts_with("target/")) {
        let (folder, pattern) = source.rsplit_once('/').unwrap_or((".", source));
        let start = pattern.split('*').next().unwrap();
        let found = std::fs::read_dir(repository(folder)).unwrap().any(|entry| {
            let name = entry.unwrap().file_name();
            let name = name.to_str().unwrap();
            if pattern.contains('*') { name.starts_with(start) } else { name == pattern }
        });
        assert!(found, "there is no {source}");
    }
}
