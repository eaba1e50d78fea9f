//! What the binary carries: the files of `config/`, one line each. A test holds the lists complete and sorted.

/// A file by its id.
macro_rules! carried {
    ($folder:literal: $($id:literal)*) => {
        &[$(($id, include_str!(concat!("../../config/", $folder, "/", $id, ".toml")))),*]
    };
}

/// `platforms/<id>.toml` by id, sorted.
pub(super) const PLATFORMS: &[(&str, &str)] = carried! {
    "platforms":
    "bacninh-portlet"
    "dotnetnuke"
    "drupal"
    "hatinh-cms"
    "joomla"
    "liferay-6"
    "liferay-7"
    "nukeviet"
    "sharepoint-2010"
    "sharepoint-ministry"
    "tandan"
    "uiarticleinmenu"
    "vhv"
    "webforms-khanhhoa"
    "websphere"
    "wordpress"
};

/// `portals/<id>.toml` by id, sorted.
pub(super) const PORTALS: &[(&str, &str)] = carried! {
    "portals":
    "dienbien"
    "gialai"
    "hatinh"
    "hoabinh"
    "khanhhoa"
    "vinhphuc"
};

/// `catalogue/<id>.toml` by id, sorted.
pub(super) const CATALOGUE: &[(&str, &str)] = carried! {
    "catalogue":
    "angiang"
    "bacgiang"
    "backan"
    "baclieu"
    "bacninh"
    "baria-vungtau"
    "bentre"
    "binhdinh"
    "binhduong"
    "binhphuoc"
    "binhthuan"
    "camau"
    "cantho"
    "caobang"
    "daklak"
    "daknong"
    "danang"
    "dienbien"
    "dongnai"
    "dongthap"
    "gialai"
    "hagiang"
    "haiduong"
    "haiphong"
    "hanam"
    "hanoi"
    "hatinh"
    "haugiang"
    "hoabinh"
    "hochiminhcity"
    "hue"
    "hungyen"
    "khanhhoa"
    "kiengiang"
    "kontum"
    "laichau"
    "lamdong"
    "langson"
    "laocai"
    "longan"
    "namdinh"
    "nghean"
    "ninhbinh"
    "ninhthuan"
    "phutho"
    "phuyen"
    "quangbinh"
    "quangnam"
    "quangngai"
    "quangninh"
    "quangtri"
    "soctrang"
    "sonla"
    "tayninh"
    "thaibinh"
    "thainguyen"
    "thanhhoa"
    "tiengiang"
    "travinh"
    "tuyenquang"
    "vinhlong"
    "vinhphuc"
    "yenbai"
};
